//! Messages that no rule, check or near miss stands for: what is behind each, and what to do.

/// A message of a server, an SDK, a client or the network.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) cause: &'static str,
    pub(super) cure: &'static str,
}

macro_rules! messages {
    ($($id:literal $title:literal, $cause:literal, $cure:literal;)+) => {
        &[$(Message { id: $id, title: $title, cause: $cause, cure: $cure }),+]
    };
}

// What a server answers when is from semantics.md sections 2, 3 and 5; what clients say, from their sources.
pub(super) static MESSAGES: &[Message] = messages! {
    // What a server says of a token.
    "header-not-bearer" "the Authorization header does not begin with Bearer",
        "The server wants exactly `Authorization: Bearer TOKEN`: a capital B, one space. A header wins over access_token in the URL, even a wrong one. A proxy may have changed it.",
        "Send `Authorization: Bearer ` and the token, or no such header and ?access_token=.";
    "token-unreadable" "the server found no token in what it was given",
        "It is not three parts with dots, a part is not base64url or not JSON, or iss or sub is no text. Quotes, a line break, = padding, a second Bearer, undefined or [object Promise] in its place all do this.",
        "Look at what is really sent: roomkey inspect takes it apart and names the part.";
    "token-refused" "the server refused the token, and this text does not say why",
        "The reason follows after the token or after `error:`; here it is cut off.",
        "Copy the whole line, or give the token itself to roomkey inspect.";
    "permissions-denied" "the token lacks the grant for this call",
        "The token is good, but does not allow this: a join without roomJoin, a room call without roomAdmin for exactly this room, or a call such as ListRooms, egress or SIP without its own grant. A call without any token gets the same answer.",
        "roomkey grants says which grant opens which call: DeleteRoom wants roomCreate, room calls want roomAdmin and the same room.";
    "no-room-permission" "the server sees no right to this room",
        "One of five: no token arrived (some clients drop it when they look for the reason, so another error hides behind this one); it has no video grant; the client sends metadata or attributes at the join without canUpdateOwnMetadata; it publishes on a second connection with canPublish off; an agent worker has no video.agent.",
        "Look at the token with roomkey inspect. If it has roomJoin, unset the client's metadata and attributes or add canUpdateOwnMetadata.";
    "identity-or-room-missing" "the SDK does not sign a join without identity and room",
        "The grant has roomJoin, and identity or room is not set. Python and Rust want both, Node only the identity.",
        "Set the identity on the token and room in the grant before it is signed.";
    "join-request-missing" "the address /rtc/v1 was asked without a join request",
        "/rtc/v1 and /rtc/v1/validate want the parameter join_request, which newer clients send. It says nothing about the token.",
        "Ask /rtc/validate instead to test a token; roomkey token check does.";
    "join-request-broken" "the server cannot read what the client sent with its join",
        "The parameters beside the token (join_request, attributes) arrived changed or cut, often by a proxy with a limit on URLs.",
        "Join without the proxy to compare, and see that client and server are of about the same age.";
    "room-not-found" "there is no such room",
        "The room does not exist. A join makes it unless room.auto_create is off on the server; then the token needs roomCreate. Room calls never make it.",
        "Create the room first, or add roomCreate to the token. Compare the name byte by byte.";
    "node-full" "the server node has reached its limits",
        "The token is fine. The node has as many tracks, participants or as much load as its configuration allows.",
        "Try again later, raise limit: in the server's configuration, or add nodes.";
    "room-full" "the room did not take the participant",
        "The token is fine. The room is full (maxParticipants), or the session failed while it started. The connection opens, and its first message is a Leave.",
        "Raise maxParticipants of the room or remove somebody; agents and recorders do not count. Otherwise the server's log says why.";
    "session-failed" "the session failed while it started",
        "The token was accepted, and then something in it was too big or unknown: metadata over 512 KiB, attributes over 64 KiB, or a roomPreset that the server does not have. /rtc/validate does not foretell it.",
        "Look at the token's size and roomPreset with roomkey inspect; the server's log has the details.";
    "request-too-large" "the request is larger than the server takes",
        "The body of a call is over 10 MiB, or a compressed one unpacks to too much.",
        "Send less; keep big data elsewhere and send its key.";
    "not-implemented" "this server does not have this call",
        "ForwardParticipant, MoveParticipant and some others exist only on LiveKit Cloud, or in a newer server.",
        "Use LiveKit Cloud for it, or update the server.";
    "participant-not-found" "nobody of this identity is in the room",
        "The token is fine. The identity is compared byte by byte, and the participant has left or is in another room.",
        "List the room's participants and compare the identity.";
    "remote-unmute" "the server does not unmute for others",
        "The token is fine. Unmuting somebody else's track also needs room.enable_remote_unmute on the server.",
        "Ask the participant to unmute, or switch it on in the server's configuration.";
    "subscribe-denied" "the participant may not subscribe",
        "canSubscribe is off in its token, or the publisher does not allow it this track.",
        "Set canSubscribe, or look at the publisher's track permissions.";
    "metrics-denied" "the participant may not receive metrics",
        "canSubscribeMetrics is off unless the token sets it.",
        "Set canSubscribeMetrics in the video grant.";
    "publish-denied" "the participant may not publish this track",
        "canPublish is off, or canPublishSources does not list the source: camera, microphone, screen_share, screen_share_audio, in small letters.",
        "Set canPublish, and list the source or unset canPublishSources.";
    "data-denied" "the participant may not send data",
        "canPublishData is off. Unset it follows canPublish.",
        "Set canPublishData in the video grant.";
    // What ends a session.
    "participant-removed" "the participant was removed",
        "Somebody called RemoveParticipant, or moved the participant. On a self-hosted server its token stays valid: it can come back until exp.",
        "Use short lifetimes for people who may have to be removed, and do not sign them a new one.";
    "room-closed" "the room was closed",
        "Somebody called DeleteRoom, or the last participant who counts left and the timeout passed. The token is fine.",
        "Join again: the join makes a new room, if the server lets it.";
    "server-shutdown" "the server is going down",
        "The node is shutting down or hands its participants to another. The token is fine.",
        "Reconnect; clients do it by themselves.";
    "state-mismatch" "the server does not know this session any more",
        "The client tried to resume a session that the server has forgotten. The token is fine.",
        "Connect anew; clients do it by themselves.";
    "connection-lost" "the connection was lost",
        "The server heard nothing for too long, or the signal connection closed. The token is fine.",
        "Look at the network, and at time-outs of proxies for idle WebSockets.";
    "reconnect-failed" "the client could not come back with its token",
        "The connection was lost, and the server did not take the token again: it is expired, and the client had not kept the fresh one that the server sends every few minutes.",
        "Give the client a new token and connect anew. A longer lifetime helps with long breaks.";
    "leave-received" "the server sent the client away at once",
        "The token was accepted, and the first message was a Leave. Its reason says why: JOIN_FAILURE, DUPLICATE_IDENTITY, ROOM_CLOSED.",
        "Look for the reason beside it, or in the server's log.";
    "client-left" "the client itself broke off",
        "disconnect() was called, or the connection was given up, before it stood. React runs effects twice while developing (StrictMode), and the first connection is thrown away. The token is fine.",
        "Connect once: keep the room outside the effect, or ignore the first attempt.";
    // What signs and verifies.
    "keys-missing" "API key or secret is not set where it is needed",
        "The SDK was given no key or no secret, and LIVEKIT_API_KEY and LIVEKIT_API_SECRET are not in its environment.",
        "Set both where the program runs; a .env file has to be read by something. roomkey project show says what they are.";
    "url-missing" "the address of the server is not set",
        "The SDK was given no URL, and LIVEKIT_URL is not in its environment.",
        "Set LIVEKIT_URL, for example wss://acme.livekit.cloud or http://localhost:7880.";
    "forgot-await" "the token is a promise, not a text",
        "toJwt() of the Node SDK is asynchronous. Without await the token becomes {} in JSON and [object Promise] in a text.",
        "Write `await token.toJwt()`.";
    "not-a-jwt" "what was to be read is no token",
        "A verifier or a client was given something without three parts in base64url: a token with quotes, Bearer or padding, undefined, or an error page of the token endpoint.",
        "Look at what was really given; roomkey inspect takes a token apart.";
    "source-as-text" "a track source was given as a text",
        "The Node SDK wants the numbers of TrackSource in canPublishSources. A text throws, and so does a second toJwt() of the same token.",
        "Write `canPublishSources: [TrackSource.CAMERA]`, and call toJwt() once.";
    "ttl-format" "the lifetime is written in a form the SDK does not read",
        "Node takes a number of seconds, or a text such as 10h or 2 days.",
        "Write the ttl as `'6h'` or as seconds.";
    "unknown-api-key" "the receiver has another API key than the sender",
        "What verifies knows a key and secret of its own, and the token's iss names another.",
        "Give the receiver key and secret of the project that signs.";
    "not-accepted-token" "a verifier refused the token without a reason",
        "The signature, the key or a claim does not fit; this SDK does not say which.",
        "Give the token to roomkey inspect.";
    // Webhooks.
    "webhook-no-header" "the webhook's Authorization header did not arrive",
        "LiveKit sends the token in Authorization, without Bearer. A framework or a proxy took it off, or the wrong header was handed to the receiver.",
        "Pass the value of the header Authorization on as it is.";
    "webhook-body" "the webhook's body is not the one that was signed",
        "The token carries the SHA-256 of the raw body. A body that was parsed and written again, or read in another encoding, has another one.",
        "Hand the raw bytes to the receiver before anything parses them; in Express use express.raw for application/webhook+json.";
    "webhook-key" "the server has no key for its webhooks",
        "webhook: in the server's configuration has urls, but its api_key is missing or none of keys:.",
        "Set webhook.api_key to one of the keys.";
    // The server's own start.
    "keys-not-set" "the server was started without keys",
        "There is no keys: in its configuration, no key_file and no LIVEKIT_KEYS.",
        "Set one pair: `keys: {KEY: SECRET}`. For a try, livekit-server --dev brings devkey and secret.";
    "keys-format" "LIVEKIT_KEYS is not written as the server reads it",
        "It wants exactly `key: secret`, with the space behind the colon.",
        "Write LIVEKIT_KEYS=\"APIxxxx: SECRET\", with quotes in a shell.";
    "key-file-mode" "others may read the server's key file",
        "The server refuses a key_file that others than owner and group may read.",
        "chmod 600 the file.";
    "service-off" "the server runs without that service",
        "The token is fine. Egress, ingress and SIP are services of their own, and the server reaches them through Redis, which it has not.",
        "Set redis: in the server's configuration and start the service, or do without it.";
    "server-not-ready" "the server says that it is not well",
        "The node has not updated its state for a while, most often because it cannot reach Redis or is overloaded. The token is fine.",
        "Look at the server's log.";
    // Token endpoints.
    "endpoint-refused" "the token endpoint did not give a token",
        "TokenSource asked it, and the answer was not a 2xx. Behind the slash stands what the endpoint says of it: a 401 or 403 is its own login, a 404 or 405 another path or method than POST.",
        "Read the text behind the slash, and ask the endpoint yourself: POST, Content-Type application/json, body {}.";
    "endpoint-unreachable" "the browser could not ask, or may not read the answer",
        "The address is wrong or down, or the endpoint does not allow the page's origin: a POST with JSON is preceded by an OPTIONS that has to allow it.",
        "Open the address in a new tab to see whether it is there. Then let it answer OPTIONS with the origin, POST and Content-Type.";
    // Connections.
    "signal-failed" "the client could not connect",
        "Address, network, TLS or token: browsers do not say which. The server's own words, if there are any, stand behind it or in the answer of /rtc/validate.",
        "roomkey token check asks the server for the reason without joining.";
    "signal-timeout" "the server did not answer the join in time",
        "The connection stood, or was still being made, when the client gave up. A proxy that does not pass WebSockets, or a server that is overloaded, does this.",
        "See that the proxy passes Upgrade, and ask with roomkey token check.";
    "media-failed" "the media connection could not be made",
        "The token was accepted. Afterwards no UDP, TCP or TURN path to the server was found: a firewall, a wrong public address (node_ip, use_external_ip), a container without its ports.",
        "Open 7881/tcp and the UDP ports of the server, set its public address, or set up TURN. It is no matter of the token.";
    "regions-failed" "LiveKit Cloud's list of regions could not be had",
        "The client asked /settings/regions with the token. Unauthorized means that Cloud does not take the token: another project's, expired, or mangled.",
        "Compare URL and key of the project, and look at the token with roomkey inspect.";
    "server-too-old" "the server does not have the path /rtc/v1",
        "The client asks /rtc/v1 first. Servers before it answer 404, and the client falls back to /rtc. It is a warning, unless the path is wrong altogether.",
        "Update the server, or take the extra path out of the URL.";
    "wrong-path" "there is nothing at this address",
        "Something answers, but not LiveKit at this path: another service, a path behind the host that does not belong, // before rtc, or a plain request to a WebSocket.",
        "Give clients the bare address, such as wss://host; they add /rtc themselves.";
    "unauthorized" "somebody wants another token",
        "A 401 without words. It is LiveKit's if the token is wrong; a proxy or the token endpoint may have a login of their own.",
        "roomkey token check shows the server's words, and roomkey inspect what is wrong with a token.";
    "forbidden" "the server, or something in front of it, forbids it",
        "LiveKit itself answers 401, not 403. LiveKit Cloud answers 403 where the project is not allowed in a region; else it is a proxy, a firewall or the token endpoint.",
        "Find out who answers: the body and the headers of the answer tell.";
    "gateway" "a proxy in front of the server has no answer from it",
        "The server is down, still starting, or listens at another port than the proxy thinks.",
        "See whether livekit-server runs, and compare the proxy's upstream with its port (7880).";
    "server-error" "the server failed",
        "Something went wrong in the server, or in what stands in front of it. A session that fails at its start ends like this too.",
        "The server's log has the reason.";
    "too-many-requests" "too many requests",
        "A limit on requests was reached: LiveKit Cloud's, a proxy's or the token endpoint's.",
        "Wait and ask less often; keep tokens until shortly before they end.";
    "connection-refused" "nothing listens at this address",
        "The machine is there, but no program takes connections at this port. livekit-server listens on 7880; from inside a container localhost is the container.",
        "Start the server, or correct host and port.";
    "host-not-found" "the name of the server has no address",
        "A slip in the host name, no network, or a name that only another network knows.",
        "Look for a slip in the URL, and whether this machine is online.";
    "unreachable" "there is no way to this address",
        "The network has no route to it, or a firewall rejects the connection.",
        "Look at the network, the VPN and the firewall.";
    "timed-out" "no answer came in time",
        "A firewall drops the packets, the address is wrong, or the server is overloaded.",
        "Check host and port, then the firewall.";
    "connection-reset" "the connection was cut",
        "The other side, or something between, closed it before the answer was complete. Speaking TLS to a port without it, or the reverse, may look like this.",
        "Look at the server's and the proxy's logs, and at ws:// against wss://.";
    "tls-to-plain" "wss:// or https:// to a port without TLS",
        "The client began TLS, and what answers speaks plain HTTP. livekit-server itself has no TLS; something in front of it has.",
        "Write ws:// or http://, or the port that has TLS.";
    "plain-to-tls" "ws:// or http:// to a port with TLS",
        "The client spoke plain HTTP to a port that wants TLS.",
        "Write wss:// or https://.";
    "insecure-from-secure-page" "an https page may not open ws://",
        "Browsers refuse an unencrypted connection from an encrypted page, but for localhost.",
        "Give the server TLS and use wss://, or open the page over http:// while developing.";
    "certificate" "the certificate of the server is not trusted",
        "It is self-signed or from an unknown authority, expired, or for another name; in slim containers the list of authorities may be missing.",
        "Use a certificate of a known authority for this name, or install ca-certificates or your authority where the client runs.";
    "not-livekit" "what answers there is no LiveKit server",
        "The address belongs to something else: a dashboard, a web page, a proxy's default site.",
        "Check host, port and path; a Cloud project's address ends in .livekit.cloud.";
    "proxy" "the proxy did not connect",
        "HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names a proxy, and it refused or is none.",
        "Correct the variable, or add the host to NO_PROXY.";
    // roomkey itself.
    "no-token-in-text" "there is no token in what was given",
        "A token begins with eyJ and has two dots in it. What was given is empty, cut, or something else.",
        "Paste the whole token; a log line, a URL or JSON around it does no harm.";
    "token-damaged" "the token was cut or changed on the way",
        "One of its parts is not base64, or not the JSON object that it must be.",
        "Copy it again, whole.";
    "no-project-for-key" "no stored project has the key that the token names",
        "Without the secret everything but the signature can be checked, so the verdict is unknown.",
        "Add the project with roomkey project add, or name one with -p.";
    "keyring-missing" "there is no keyring to keep projects in",
        "No D-Bus session, no program that provides the Secret Service, or one without a default collection: usual over SSH, in containers and on WSL.",
        "Start a keyring such as gnome-keyring, or keep projects in an encrypted file with --store vault.";
    "keyring-silent" "the keyring is locked or does not answer",
        "It waits for its own unlock dialog, which may be hidden or cannot be shown here.",
        "Answer the dialog or log in to the desktop; or keep projects in an encrypted file with --store vault.";
    "keyring-entry" "what the keyring holds of a project is not what roomkey put there",
        "Another program removed, changed or doubled the entry, or the keyring failed.",
        "Add the project again; roomkey project list shows those there are.";
    "vault-passphrase" "the vault was not opened",
        "The passphrase is wrong, or there was no terminal to ask for it. Without it nothing opens the vault.",
        "Try again, or give it through ROOMKEY_VAULT_PASSPHRASE_FILE.";
    "vault-damaged" "the vault's file cannot be read",
        "It is no age file of roomkey's, was cut, or asks for more work than is reasonable. Nothing was changed.",
        "Restore it from a copy, or move it away and start a new one.";
    "demo" "the demo has no servers",
        "The projects of --demo are made up, and so are their addresses.",
        "Start roomkey without --demo.";
    "no-project" "there is no such project, or none was chosen",
        "Credentials come from -p, from LIVEKIT_URL with its key and secret, from --env-file, or from the default project, and none of these has them.",
        "roomkey project list shows those there are; --dev is the pair of livekit-server --dev.";
    "partial-credentials" "URL, key and secret are not all there",
        "They are taken from one place, all three or none, so that a key never meets another project's secret.",
        "Set what is missing, or unset the rest.";
    "bad-credential" "this cannot be an API key or secret",
        "It is empty, has a space, a line break or an odd letter inside, or is far too long.",
        "Copy it again, alone; both are one word of plain letters and digits.";
};
