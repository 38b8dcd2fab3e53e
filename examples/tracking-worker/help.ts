/** What `GET /` says. */
export const HELP = `The example tracking Worker of Tachograph

POST /track            forwards one event to its platforms, and times each call
  {"event": "Purchase", "id": "order-1", "value": 49.9, "platforms": ["meta", "tiktok"]}
  event        what happened, up to 64 characters
  id           tells repeats apart (made up when missing)
  value        what it is worth, 0 to 1,000,000,000
  platforms    of meta, google, tiktok, pinterest, reddit (all when missing)
  maxAttempts  how often a platform may fail it, 1 to 8 (8 when missing)
  visitor      an opaque id: whose journey it belongs to; "journey" of the answer says if it does
  channel      how the visitor came: a-z, 0-9, - and _
  202: what became of it at each platform; 400: what is wrong with it
  {"outcome": "deferred", "deferredUntil": MS, "job": "ID"}: it is sent when there is a permit

GET  /api/jobs/ID/status    whether it is queued, deferred, delivered or dead
POST /api/jobs/ID/replay    sends a dead one after all
GET  /api/jobs/dead         the dead ones (?limit=100)
POST /api/jobs/dead/replay  sends up to 100 of them

GET  /api/platforms              which platforms are paused
POST /api/platforms/meta/pause   sends it no new events; "paused" is their outcome
POST /api/platforms/meta/resume  sends it events again

GET  /api/attribution?model=linear         credits by channel (&from=MS&to=MS), or first-click,
                          last-click, time-decay, u-shape, w-shape, data-driven
GET  /api/attribution/journeys/VISITOR     the journeys of a visitor, with their credits
POST /api/attribution/run                  credits what is due now, and not within a minute

GET  /health           whether this Worker answers
GET  /health/deep      whether its data are as they must be: every probe, now; 503 if one is not well
POST /hooks/heal       mends what a probe finds, when Tachograph says so with a signed message
GET  /control          how the simulated platforms behave
PATCH /control/meta    {"medianMs": 900, "p99Ms": 4000, "errorRate": 0.2, "timeoutRate": 0.01,
                        "limitPerMinute": 600, "outage": false}, any of them
DELETE /control/meta   back to the defaults
`;
