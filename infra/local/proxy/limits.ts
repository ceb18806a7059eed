/** Requests and tunnels at the same time on one endpoint; past that it answers 503. */
export const MOST_IN_FLIGHT = 10_000;
/** Client connections on one endpoint; past that it closes new ones. */
export const MOST_CONNECTIONS = 20_000;
/** How often one request is sent at most, the first time included. */
export const MOST_ATTEMPTS = 3;
/** How long either side of a request in flight may be silent: long enough for a slow model, short enough to get rid of the dead. */
export const SILENCE_MILLISECONDS = 300_000;
/** How long a client may take for its headers. */
export const HEADERS_MILLISECONDS = 60_000;
/** How long an idle client connection stays open. */
export const CLIENT_KEEP_ALIVE_MILLISECONDS = 65_000;
/** How long a connection to a replica may take; it is on this machine. */
export const CONNECT_MILLISECONDS = 5_000;
/** How long a replica that refused a connection is passed over. */
export const PASS_OVER_MILLISECONDS = 1_000;
/** How long an idle replica connection is used again where the replica names no time: Node's servers close after 5 s. */
export const REPLICA_KEEP_ALIVE_MILLISECONDS = 4_000;
/** The longest time for that, whatever the replica names. */
export const LONGEST_REPLICA_KEEP_ALIVE_MILLISECONDS = 60_000;
/** How long a client connection may be silent; longer than a replica, so that its silence is answered with 504. */
export const CLIENT_SILENCE_MILLISECONDS = SILENCE_MILLISECONDS + 10_000;
