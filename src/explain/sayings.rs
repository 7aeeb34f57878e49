//! Who says what: the wordings of servers, SDKs, clients and the network, old and new, and the id that explains each.
//!
//! A wording is compared without regard to case, white space and a quote or bracket in front; `*` stands for anything up to a few hundred bytes.
//! `HTTP 401` stands for the many ways of writing a status.

/// How much a wording says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// One cause.
    Exact,
    /// One of a few causes.
    Broad,
    /// Only that it failed: left out where anything else says more.
    Wrapper,
}

/// Wordings of one speaker that one id explains.
#[derive(Debug)]
pub(super) struct Saying {
    pub(super) id: &'static str,
    pub(super) weight: Weight,
    pub(super) by: &'static str,
    pub(super) texts: &'static [&'static str],
}

const NODE: &str = "the Node SDK";
const PYTHON: &str = "the Python SDK";
const RUST: &str = "the Rust SDK";
const GO: &str = "the Go SDK";
const CLIENT: &str = "clients";
const JS: &str = "the JavaScript client";
const BROWSER: &str = "browsers";
const NETWORK: &str = "Node, Python, Go, Rust, curl";
const SELF: &str = "roomkey";
const S400: &str = "the server, HTTP 400";
const S401: &str = "the server, HTTP 401";
const JOSE: &str = "the server before v1.13.0, HTTP 401";

macro_rules! sayings {
    ($($id:literal $weight:ident $by:expr => $($text:literal),+;)+) => {
        &[$(Saying { id: $id, weight: Weight::$weight, by: $by, texts: &[$($text),+] }),+]
    };
}

// The server: pkg/service/{auth,rtcservice,utils,whipservice,errors}.go and pkg/rtc/errors.go at 788d4c35, auth.go at
// v1.9.9 and v1.13.5; golang-jwt v5.3.1 errors.go; go-jose jwt/errors.go. SDKs: livekit-server-sdk 2.19 with jose 6,
// livekit-api 1.2.2 with PyJWT 2.15, rust-sdks access_token.rs and signal_client, protocol auth/ and webhook/.
// Clients: livekit-client 2.21 SignalClient.ts, Room.ts, RegionUrlProvider.ts, TokenSource.ts.
pub(super) static SAYINGS: &[Saying] = sayings! {
    "header-not-bearer" Exact S401 => "invalid authorization header. Must start with Bearer", "invalid authorization header";
    "header-not-bearer" Exact SELF => "Authorization header did not arrive as it was sent";
    "token-unreadable" Wrapper S401 => "invalid authorization token";
    "token-unreadable" Exact JOSE => "compact JWS format must have three parts", "go-jose: compact JWS", "go-jose: illegal base64";
    "token-unreadable" Exact SELF => "the server cannot read this token";
    "token-refused" Wrapper "the server up to v1.13.5, HTTP 401" => "invalid token: *, error:", "invalid token:";
    "key" Exact S401 => "invalid API key", "invalid API key:";
    "key" Exact "LiveKit Cloud" => "invalid API key for domain";
    "key" Exact SELF => "the server does not know this key", "is not *, the key of", "it names no API key (iss)";
    "alg" Exact S401 => "signing method * is invalid";
    "alg" Exact JOSE => "unexpected signature algorithm", "unsupported/unknown algorithm";
    "alg" Exact NODE => "\"alg\" (Algorithm) Header Parameter value not allowed", "Key for the none algorithm must be", "\"alg\" (Algorithm) Header Parameter missing or invalid";
    "alg" Exact PYTHON => "The specified alg value is not allowed", "Algorithm not supported", "Algorithm not specified";
    "alg" Exact RUST => "InvalidAlgorithm", "InvalidAlgorithmName", "UnsupportedAlgorithm", "unknown variant `*`, expected one of `HS256`";
    "alg" Exact SELF => "the token is not signed with HS256", "LiveKit takes HS256", "LiveKit takes only HS256";
    "signature" Exact S401 => "token signature is invalid: signature is invalid", "signature is invalid";
    "signature" Broad S401 => "token signature is invalid";
    "signature" Exact JOSE => "go-jose/go-jose: error in cryptographic primitive", "square/go-jose: error in cryptographic primitive", "error in cryptographic primitive";
    "signature" Exact "the SDKs for Node and Python" => "signature verification failed";
    "signature" Exact RUST => "InvalidSignature", "invalid signature";
    "signature" Exact SELF => "did not make its signature", "its signature is missing", "its signature is wrong", "the secret is wrong: the server knows the key";
    "types" Exact S401 => "could not JSON decode claim", "token is malformed: could not JSON decode claim:", "json: cannot unmarshal * into Go struct field", "json: cannot unmarshal * of type", "invalid value for * field";
    "types" Exact JOSE => "json: cannot unmarshal * into Go value of type", "json: invalid use of ,string";
    "types" Exact PYTHON => "Subject must be a string", "Failed to parse * field:", "Issuer (iss) must be a string", "'NoneType' object has no attribute 'items'";
    "types" Exact RUST => "JSON error: invalid type", "invalid type: * expected", "data did not match any variant of untagged enum", "Json(Error(\"invalid digit found in string";
    "types" Exact SELF => "has a type that the server cannot read";
    "types" Exact NODE => "claim must be a number", "claim must be a string";
    "unknown-field" Exact "the server before v1.12.0, HTTP 401" => "unknown field \"*\"", "json: unknown field";
    "exp-present" Exact S401 => "token is missing required claim: exp claim is required", "exp claim is required";
    "exp-present" Exact NODE => "missing required \"exp\" claim";
    "exp-present" Exact PYTHON => "Token is missing the \"exp\" claim";
    "exp-present" Exact RUST => "Missing required claim: exp", "MissingRequiredClaim(\"exp\")";
    "exp-present" Exact SELF => "it has no exp, so it would never expire", "the token has no exp, and this server wants one";
    "not-expired" Exact S401 => "token has invalid claims: token is expired", "token is expired";
    "not-expired" Exact JOSE => "go-jose/go-jose/jwt: validation failed, token is expired (exp)", "square/go-jose/jwt: validation failed, token is expired (exp)", "token is expired (exp)";
    "not-expired" Exact NODE => "\"exp\" claim timestamp check failed", "ERR_JWT_EXPIRED";
    "not-expired" Exact PYTHON => "Signature has expired";
    "not-expired" Exact RUST => "ExpiredSignature";
    "not-expired" Exact SELF => "of leeway are over";
    "not-expired" Broad CLIENT => "token expired", "token has expired", "jwt expired";
    "already-valid" Exact S401 => "token has invalid claims: token is not valid yet", "token is not valid yet";
    "already-valid" Exact JOSE => "go-jose/go-jose/jwt: validation failed, token not valid yet (nbf)", "token not valid yet (nbf)", "token not valid yet";
    "already-valid" Exact NODE => "\"nbf\" claim timestamp check failed";
    "already-valid" Exact PYTHON => "The token is not yet valid (nbf)";
    "already-valid" Exact RUST => "ImmatureSignature";
    "already-valid" Exact SELF => "of leeway do not reach";
    "clock" Exact "the server before v1.13.0, HTTP 401, and verifiers" => "token issued in the future (iat)", "token used before issued", "The token is not yet valid (iat)", "Issued At claim (iat)";
    "clock" Exact SELF => "server's clock * ahead", "server's clock * behind";
    "no-iss" Exact NODE => "missing required \"iss\" claim";
    "no-iss" Exact PYTHON => "Token is missing the \"iss\" claim";
    "unknown-api-key" Exact NODE => "unexpected \"iss\" claim value";
    "unknown-api-key" Exact PYTHON => "Invalid issuer";
    "unknown-api-key" Exact RUST => "InvalidIssuer";
    "unknown-api-key" Exact GO => "API secret could not be found", "token has invalid issuer";
    "aud" Exact "the SDKs for Python and Rust" => "Invalid audience", "InvalidAudience", "Audience doesn't match", "token has invalid audience";
    "sip-half" Exact RUST => "missing field `call`", "missing field `admin`";

    "no-room-permission" Broad S401 => "no permissions to access the room";
    "permissions-denied" Broad S401 => "permissions denied", "\"unauthenticated\",\"msg\":\"permissions denied\"", "unauthenticated, message=permissions denied";
    "permissions-denied" Broad SELF => "the token does not permit";
    "join-request-missing" Exact S400 => "join_request is required";
    "join-request-broken" Exact S400 => "join request too large", "cannot base64 decode wrapped join request", "cannot unmarshal wrapped join request", "cannot unmarshal join request", "cannot read decompressed join request", "cannot decode attributes";
    "join-no-identity" Exact S400 => "identity cannot be empty", "participant identity cannot be empty";
    "join-no-identity" Exact NODE => "identity is required for join but not set";
    "join-no-identity" Exact SELF => "it joins nothing: it has no identity";
    "identity-or-room-missing" Exact PYTHON => "identity and room must be set when joining a room";
    "identity-or-room-missing" Exact RUST => "invalid claims: token grants room_join but doesn't have an identity or room", "token grants room_join but doesn't have an identity or room";
    "identity-long" Exact S400 => "participant identity length exceeds limits: max length", "participant identity length exceeds limits", "participant identity exceeds limits";
    "join-no-room" Exact S400 => "no room name";
    "join-no-room" Exact "the server's WHIP, HTTP 401" => "room name cannot be empty";
    "join-no-room" Exact SELF => "it joins nothing: it has no room";
    "room-join" Exact SELF => "it joins no room";
    "room-long" Exact S400 => "room name length exceeds limits: max length", "room name length exceeds limits", "room name exceeds limits";
    "name-long" Exact "the server's API, HTTP 400" => "name length exceeds limits", "participant name length exceeds limits", "exceeds name length limits";
    "metadata-big" Exact "the server's API, HTTP 400" => "metadata size exceeds limits", "metadata exceeds limits", "exceeds metadata size limits";
    "attributes-big" Exact "the server's API, HTTP 400" => "attribute size exceeds limits", "attributes size exceeds limits", "exceeds attributes size limits";
    "room-not-found" Exact "the server, HTTP 404" => "requested room does not exist";
    "participant-not-found" Exact "the server, HTTP 404" => "participant does not exist";
    "node-full" Exact "the server, HTTP 503" => "node has exceeded its configured limit", "limit exceeded for node";
    "session-failed" Exact "the server, HTTP 500" => "connection closed by media", "timed out while waiting for signal response";
    "room-full" Exact "the server" => "room has exceeded its max participants", "max participants exceeded";
    "room-full" Broad CLIENT => "JOIN_FAILURE", "JoinFailure";
    "request-too-large" Exact "the server" => "request body too large", "decompressed data too large", "http: request body too large", "request body exceeds";
    "not-implemented" Exact "the server" => "not implemented", "\"code\":\"unimplemented\"", "bad_route";
    "remote-unmute" Exact "the server" => "remote unmute not enabled", "cannot unmute remotely";
    "subscribe-denied" Exact "the server" => "participant is not allowed to subscribe to this track", "participant is not given permission to subscribe to tracks";
    "metrics-denied" Exact "the server" => "participant is not given permission to subscribe to metrics";
    "update-own" Exact "the server, to a client" => "does not have permission to update own metadata";
    "data-denied" Exact "the server, to a client" => "does not have permission to publish data";
    "publish-denied" Exact JS => "failed to publish track, insufficient permissions", "insufficient permissions to publish";
    "publish-denied" Exact "the server, to a client" => "does not have permission to publish track", "no permission to publish track";
    "server-not-ready" Exact "the server, HTTP 406" => "Not Ready Node Updated At";
    "server-not-ready" Exact SELF => "the server says that it is not ready", "the server is not available now";
    "server-error" Exact SELF => "the server has an error of its own";
    "service-off" Exact "the server, HTTP 500" => "not connected (redis required)", "redis required";
    "service-off" Exact SELF => "but this server runs without that service";

    "identity-reuse" Exact CLIENT => "DUPLICATE_IDENTITY", "DuplicateIdentity", "a participant with the same identity is already in the room";
    "participant-removed" Exact CLIENT => "PARTICIPANT_REMOVED", "ParticipantRemoved";
    "room-closed" Exact CLIENT => "ROOM_DELETED", "RoomDeleted", "ROOM_CLOSED", "RoomClosed", "room has already closed";
    "server-shutdown" Exact CLIENT => "SERVER_SHUTDOWN", "ServerShutdown";
    "state-mismatch" Exact CLIENT => "STATE_MISMATCH", "StateMismatch";
    "connection-lost" Exact CLIENT => "SIGNAL_CLOSE", "SignalClose", "CONNECTION_TIMEOUT", "MEDIA_FAILURE", "MediaFailure";
    "reconnect-failed" Exact JS => "could not reconnect, token might be expired", "could not reconnect, url or token not saved";
    "client-left" Broad JS => "Client initiated disconnect", "Connection attempt aborted", "Signal connection aborted", "Connection aborted", "room connection has been cancelled", "Region fetching was aborted", "WebSocket is closed before the connection is established";
    "client-left" Broad CLIENT => "CLIENT_INITIATED", "ClientInitiated";
    "leave-received" Broad JS => "Received leave request while trying to (re)connect";
    "leave-received" Broad RUST => "server sent leave during reconnect";

    "keys-missing" Exact NODE => "api-key and api-secret must be set", "Zero-length key is not supported";
    "keys-missing" Exact PYTHON => "api_key and api_secret must be set", "either token, or api_key and api_secret, must be set", "HMAC key must not be empty";
    "keys-missing" Exact RUST => "Invalid API Key or Secret Key", "Invalid environment";
    "keys-missing" Exact GO => "missing API key or secret key", "either a token or an API key and secret are required";
    "url-missing" Exact "the SDKs for Python and Go" => "url must be set", "URL was not provided";
    "config-secret" Exact GO => "room configuration should not contain sensitive credentials";
    "config-secret" Exact "the server's log" => "credentials found in token";
    "secret-short" Exact "the server's log" => "secret is too short, should be at least 32 characters for security";
    "secret-short" Exact PYTHON => "InsecureKeyLengthWarning", "below the minimum recommended length of 32 bytes";
    "source-as-text" Exact NODE => "Cannot convert TrackSource * to string";
    "ttl-format" Exact NODE => "Invalid time period format";
    "forgot-await" Exact NODE => "JWTs must use Compact JWS serialization, JWT must be a string", "[object Promise]", "\"token\":{}", "\"accessToken\":{}", "\"participant_token\":{}", "\"participantToken\":{}";
    "not-a-jwt" Exact NODE => "Invalid Compact JWS", "JWS Protected Header is invalid", "Invalid JWT", "Only JWTs using Compact JWS serialization can be decoded", "Failed to base64url decode the payload", "Failed to parse the decoded payload as JSON", "JWT Claims Set must be a top-level JSON object";
    "not-a-jwt" Exact PYTHON => "Not enough segments", "Invalid header padding", "Invalid payload padding", "Invalid crypto padding", "Invalid header string", "Invalid payload string";
    "not-a-jwt" Exact RUST => "InvalidToken", "access token has invalid characters", "Base64(InvalidByte", "Base64(InvalidPadding", "Base64(InvalidLength", "Base64(InvalidLastSymbol";
    "not-a-jwt" Exact GO => "token contains an invalid number of segments", "token is malformed";
    "not-accepted-token" Wrapper "SDKs" => "failed to encode jwt", "invalid token", "failed to verify the authorization", "token is unverifiable";

    "webhook-no-header" Exact NODE => "authorization header is empty";
    "webhook-no-header" Exact GO => "authorization header could not be found";
    "webhook-body" Exact NODE => "sha256 checksum of body does not match";
    "webhook-body" Exact PYTHON => "hash mismatch", "sha256 was not found in the token";
    "webhook-body" Exact GO => "could not verify authenticity of message";
    "webhook-key" Exact "the server's start" => "api_key is required to use webhooks", "unknown api key in webhook config";
    "keys-not-set" Exact "the server's start" => "one of key-file or keys must be provided";
    "keys-format" Exact "the server's start" => "Could not parse keys, it needs to be exactly, \"key: secret\", including the space", "Could not parse keys";
    "key-file-mode" Exact "the server's start" => "key file others permissions must be set to 0";

    "endpoint-refused" Broad JS => "Error generating token from endpoint * received", "Error generating token from endpoint", "Error generating token from sandbox token server";
    "endpoint-unreachable" Exact BROWSER => "has been blocked by CORS policy", "Cross-Origin Request Blocked", "Response to preflight request doesn't pass", "CORS header 'Access-Control-Allow-Origin' missing";
    "endpoint-unreachable" Wrapper BROWSER => "Failed to fetch", "NetworkError when attempting to fetch resource", "Load failed";

    "signal-failed" Wrapper CLIENT => "could not establish signal connection", "WebSocket connection to * failed", "Encountered unknown websocket error during connection", "Encountered websocket error during connection establishment", "Websocket got closed during a (re)connection attempt", "Websocket error during a (re)connection attempt", "signal failure:", "connection error:", "Failed to connect to", "Connecting to signal connection via WebSocket", "Firefox can't establish a connection to the server at", "failed to connect to livekit";
    "signal-failed" Wrapper RUST => "failed to retrieve region info", "transport connection error", "handshake error:", "client error:", "server error:";
    "signal-timeout" Exact CLIENT => "room connection has timed out (signal)", "signal connection timed out while waiting for the first message", "could not connect after timeout";
    "media-failed" Exact CLIENT => "could not establish pc connection", "could not establish publisher connection", "could not establish subscriber connection", "could not establish PC connection,", "peer connection not established", "wait_pc_connection timed out", "ICE failed", "ICE connection failed", "negotiation timed out";
    "regions-failed" Broad JS => "Could not fetch region settings";
    "server-too-old" Broad JS => "v1 RTC path not found";
    "wrong-path" Broad "servers" => "HTTP 404", "404 page not found", "Cannot GET /rtc", "HTTP 405", "HTTP 426";
    "wrong-path" Exact SELF => "the server points to", "it is not a LiveKit server's";
    "unauthorized" Wrapper "servers" => "HTTP 401";
    "forbidden" Broad "servers" => "HTTP 403";
    "forbidden" Exact SELF => "in words that are not LiveKit's";
    "too-many-requests" Exact "servers" => "HTTP 429";
    "too-many-requests" Exact SELF => "the server is asked too often";
    "gateway" Exact "proxies" => "HTTP 502", "HTTP 504";
    "gateway" Exact SELF => "it reaches no server behind it";
    "gateway" Broad "proxies" => "HTTP 503", "no healthy upstream";
    "server-error" Wrapper "servers" => "HTTP 500";
    "token-big" Exact "servers and proxies" => "HTTP 431", "HTTP 414", "Request-URI Too Large", "Request Header Or Cookie Too Large", "Request header is too large";
    "token-big" Exact SELF => "the token is too long for the server";
    "request-too-large" Exact "servers and proxies" => "HTTP 413", "Request Entity Too Large", "Payload Too Large";
    "connection-refused" Exact BROWSER => "ERR_CONNECTION_REFUSED";
    "connection-refused" Exact NETWORK => "ECONNREFUSED", "connection refused", "Connect call failed", "actively refused it", "Could not connect to server", "fetch failed bad port";
    "connection-refused" Exact SELF => "nothing listens at";
    "host-not-found" Exact BROWSER => "ERR_NAME_NOT_RESOLVED", "ERR_INTERNET_DISCONNECTED";
    "host-not-found" Exact NETWORK => "ENOTFOUND", "EAI_AGAIN", "getaddrinfo", "no such host", "Name or service not known", "Could not resolve host", "nodename nor servname provided", "failed to lookup address information", "Temporary failure in name resolution", "No address associated with hostname", "dns error";
    "host-not-found" Exact SELF => "the name has no address";
    "unreachable" Exact NETWORK => "ENETUNREACH", "EHOSTUNREACH", "Network is unreachable", "No route to host", "ERR_ADDRESS_UNREACHABLE", "ERR_NETWORK_CHANGED";
    "unreachable" Exact SELF => "cannot be reached:";
    "timed-out" Exact NETWORK => "ETIMEDOUT", "ERR_CONNECTION_TIMED_OUT", "ERR_TIMED_OUT", "i/o timeout", "context deadline exceeded", "UND_ERR_CONNECT_TIMEOUT", "Connection timed out", "operation timed out", "Connection timeout to host";
    "timed-out" Exact SELF => "gave no answer within", "began an answer and did not end it";
    "connection-reset" Exact NETWORK => "ECONNRESET", "socket hang up", "ERR_CONNECTION_RESET", "ERR_CONNECTION_CLOSED", "ERR_EMPTY_RESPONSE", "connection reset by peer", "Server disconnected", "other side closed", "EPIPE", "broken pipe", "unexpected EOF", "Empty reply from server";
    "connection-reset" Exact SELF => "closed the connection before its answer was complete";
    "tls-to-plain" Exact BROWSER => "ERR_SSL_PROTOCOL_ERROR", "SSL_ERROR_RX_RECORD_TOO_LONG";
    "tls-to-plain" Exact NETWORK => "wrong version number", "WRONG_VERSION_NUMBER", "first record does not look like a TLS handshake", "packet length too long", "server gave HTTP response to HTTPS client", "received corrupt message of type InvalidContentType", "record layer failure", "EPROTO";
    "tls-to-plain" Exact SELF => "does not speak TLS, and the address says wss://";
    "plain-to-tls" Exact NETWORK => "Client sent an HTTP request to an HTTPS server", "The plain HTTP request was sent to HTTPS port", "malformed HTTP response", "Parse Error: Expected HTTP/";
    "plain-to-tls" Exact SELF => "speaks TLS, and the address says ws://";
    "insecure-from-secure-page" Exact BROWSER => "An insecure WebSocket connection may not be initiated from a page loaded over HTTPS", "Mixed Content", "The operation is insecure", "was loaded over HTTPS, but attempted to connect to the insecure";
    "certificate" Exact BROWSER => "ERR_CERT_AUTHORITY_INVALID", "ERR_CERT_DATE_INVALID", "ERR_CERT_COMMON_NAME_INVALID", "SEC_ERROR_UNKNOWN_ISSUER";
    "certificate" Exact NETWORK => "self signed certificate", "self-signed certificate", "unable to verify the first certificate", "unable to get local issuer certificate", "certificate has expired", "certificate verify failed", "CERTIFICATE_VERIFY_FAILED", "DEPTH_ZERO_SELF_SIGNED_CERT", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "CERT_HAS_EXPIRED", "ERR_TLS_CERT_ALTNAME_INVALID", "x509:", "tls: failed to verify certificate", "invalid peer certificate", "Hostname/IP does not match certificate's altnames", "SSL certificate problem";
    "certificate" Exact SELF => "the certificate of * is", "the certificate that answers for", "the certificates in * cannot be used", "no TLS with";
    "not-livekit" Exact SELF => "it does not look at tokens", "a web page, not a LiveKit server", "that proves nothing", "is not a LiveKit server", "this is no LiveKit server", "does not speak HTTP", "sends more headers than a LiveKit server does";
    "proxy" Exact SELF => "the proxy * cannot be reached", "the proxy * wants a name and a password", "the proxy did not connect to", "the proxy in the environment is not an address";
    "proxy" Exact NETWORK => "ERR_PROXY_CONNECTION_FAILED", "ERR_TUNNEL_CONNECTION_FAILED", "Proxy CONNECT aborted", "Received HTTP code * from proxy after CONNECT";
    "no-token-in-text" Exact SELF => "there is no token in this text", "there is no token: the text is empty", "this is JSON without a token in it", "a token has three parts with dots between them; this has one", "is too long to be a token";
    "token-damaged" Exact SELF => "the header is not base64", "the payload is not base64", "the header is not JSON", "the payload is not JSON", "the header is no JSON object", "the payload is no JSON object", "the token cannot be sent";
    "no-project-for-key" Exact SELF => "is not at hand to check the signature", "is in no project at hand", "no project at hand has the key", "no project has its key";
    "keyring-missing" Exact SELF => "there is no keyring here", "nothing on D-Bus provides org.freedesktop.secrets", "the keyring has no default collection", "the keyring cannot be used";
    "keyring-silent" Exact SELF => "the keyring is locked", "the keyring did not answer within", "the keyring hangs", "stopped waiting for the keyring";
    "keyring-entry" Exact SELF => "the keyring has no entry for", "the keyring's entry for * cannot be read", "the keyring has several entries for", "the keyring failed";
    "vault-passphrase" Exact SELF => "wrong passphrase for the vault", "the vault needs its passphrase", "the vault needs a new passphrase";
    "vault-damaged" Exact SELF => "the vault * cannot be read", "the vault * asks for work factor";
    "demo" Exact SELF => "the demo asks no server";
    "no-project" Exact SELF => "there is no project to work with", "of your * projects is the default", "there is no project", "the default project * is not in the";
    "partial-credentials" Exact SELF => "not set in the environment", "a key and its secret are taken together";
    "bad-credential" Exact SELF => "an API key cannot", "an API secret cannot", "cannot be right: LiveKit's have about 43";
};

/// How a status is written: `{}` is its number.
pub(super) const STATUS_FORMS: [&str; 20] = [
    "HTTP {}",
    "HTTP error {}",
    "HTTP/1.1 {}",
    "HTTP/2 {}",
    "HTTP/2.0 {}",
    "status {}",
    "status: {}",
    "status={}",
    "status code {}",
    "status code: {}",
    "statusCode: {}",
    "status\":{}",
    "status\": {}",
    "statusCode\":{}",
    "code: {}",
    "code={}",
    "response: {}",
    "responded with {}",
    "client error: {}",
    "handshake error: {}",
];

/// What a status is called where its number may stand alone.
pub(super) fn reason(status: &str) -> &'static str {
    match status {
        "401" => "Unauthorized",
        "403" => "Forbidden",
        "404" => "Not Found",
        "405" => "Method Not Allowed",
        "413" => "Content Too Large",
        "414" => "URI Too Long",
        "426" => "Upgrade Required",
        "429" => "Too Many Requests",
        "431" => "Request Header Fields Too Large",
        "500" => "Internal Server Error",
        "502" => "Bad Gateway",
        "503" => "Service Unavailable",
        "504" => "Gateway Timeout",
        _ => "",
    }
}
