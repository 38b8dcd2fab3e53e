import java.io.FileNotFoundException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;
import org.HdrHistogram.HistogramLogReader;

/**
 * Reads an interval log with HdrHistogram's own library and prints a line per interval.
 *
 * <p>Usage: {@code java -cp hdrhistogram.jar ReadHistogramLog.java LOG}
 *
 * <p>Tab-separated: tag, start and end (epoch milliseconds), count, highest value, the buckets as
 * {@code value:count} joined with commas (the value is the lowest of its bucket), and the histogram
 * as this library encodes it, uncompressed, in hexadecimal.
 */
class ReadHistogramLog {
  public static void main(String[] arguments) throws FileNotFoundException {
    HistogramLogReader log = new HistogramLogReader(arguments[0]);
    while (log.hasNext()) {
      Histogram histogram = (Histogram) log.nextIntervalHistogram();
      if (histogram == null) {
        break;
      }
      System.out.println(
          String.join(
              "\t",
              String.valueOf(histogram.getTag()),
              String.valueOf(histogram.getStartTimeStamp()),
              String.valueOf(histogram.getEndTimeStamp()),
              String.valueOf(histogram.getTotalCount()),
              String.valueOf(histogram.getMaxValue()),
              buckets(histogram),
              encoded(histogram)));
    }
  }

  private static String buckets(Histogram histogram) {
    StringBuilder buckets = new StringBuilder();
    for (HistogramIterationValue bucket : histogram.recordedValues()) {
      buckets.append(buckets.length() == 0 ? "" : ",");
      buckets.append(histogram.lowestEquivalentValue(bucket.getValueIteratedTo()));
      buckets.append(":").append(bucket.getCountAtValueIteratedTo());
    }
    return buckets.toString();
  }

  private static String encoded(Histogram histogram) {
    ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
    int length = histogram.encodeIntoByteBuffer(buffer);
    return HexFormat.of().formatHex(Arrays.copyOf(buffer.array(), length));
  }
}
