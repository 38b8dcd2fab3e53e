import java.io.FileNotFoundException;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * Writes an interval log with HdrHistogram's own library: what a Java program would upload.
 *
 * <p>Usage: {@code java -cp hdrhistogram.jar WriteHistogramLog.java OUT START_MS absolute|relative}
 *
 * <p>Three one-second intervals from START_MS (epoch milliseconds) on, values in microseconds:
 *
 * <ol>
 *   <li>{@code Tag=meta/events}: 1, 2, …, 1000 µs, once each; a layout of 1 to 600,000,000, 3 digits
 *   <li>{@code Tag=meta/events/timeout}: 5,000,000 µs, 7 times; the same layout
 *   <li>{@code Tag=tiktok}: 250,000 µs, 2^40 times, and 0 µs once; a layout of 2 digits that grows
 * </ol>
 */
class WriteHistogramLog {
  public static void main(String[] arguments) throws FileNotFoundException {
    HistogramLogWriter log = new HistogramLogWriter(arguments[0]);
    long startMs = Long.parseLong(arguments[1]);

    log.outputComment("[Written by WriteHistogramLog.java]");
    log.outputLogFormatVersion();
    log.outputStartTime(startMs);
    if (arguments[2].equals("relative")) {
      log.outputBaseTime(startMs);
      log.setBaseTime(startMs);
    }
    log.outputLegend();

    Histogram uniform = new Histogram(1, 600_000_000, 3);
    for (long valueUs = 1; valueUs <= 1000; valueUs++) {
      uniform.recordValue(valueUs);
    }
    output(log, uniform, "meta/events", startMs);

    Histogram timeouts = new Histogram(1, 600_000_000, 3);
    timeouts.recordValueWithCount(5_000_000, 7);
    output(log, timeouts, "meta/events/timeout", startMs + 1000);

    Histogram grown = new Histogram(2);
    grown.recordValueWithCount(250_000, 1L << 40);
    grown.recordValue(0);
    output(log, grown, "tiktok", startMs + 2000);
  }

  private static void output(HistogramLogWriter log, Histogram histogram, String tag, long startMs) {
    histogram.setTag(tag);
    histogram.setStartTimeStamp(startMs);
    histogram.setEndTimeStamp(startMs + 1000);
    log.outputIntervalHistogram(histogram);
  }
}
