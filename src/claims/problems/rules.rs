//! The rows. Ids and severities are those of semantics.md section 9; rows that are not in it are marked.

use super::{Check, Rule, Severity};
use super::{config, joining, media, outside, participant, policy, power, secrets, times, unknown};

macro_rules! rules {
    ($($severity:ident $id:literal $scope:ident($check:path), $what:literal, $why:literal, $cure:literal;)+) => {
        &[$(Rule {
            id: $id, severity: Severity::$severity, what: $what, why: $why, cure: $cure,
            check: Check::$scope($check),
        }),+]
    };
}

/// Every problem that can be found, in the order in which those of one severity are told.
pub static RULES: &[Rule] = rules! {
    Error "join-no-room" Claims(joining::join_no_room),
        "a join without a room",
        "The server answers 400 `no room name`. Servers up to v1.9.0 let such a token join any room.",
        "Set Room.";
    Error "join-no-identity" Claims(joining::join_no_identity),
        "a join without an identity",
        "The server answers 400 `identity cannot be empty`. The SDKs for Node, Python and Rust refuse to sign it.",
        "Set Identity, to something unique in the room.";
    Error "admin-no-room" Claims(joining::admin_no_room),
        "roomAdmin without a room",
        "roomAdmin is for the one room in Room. Without a name it matches no real room; there are no wildcards.",
        "Set Room.";
    Warning "no-grant" Claims(power::no_grant),
        "nothing is granted",
        "The token is valid but opens nothing. It can only show that key and secret are right.",
        "Switch on what it is for, for example roomJoin.";
    Note "grant-unused" Claims(media::grant_unused),
        "a grant without the one it needs",
        "What is allowed in a room counts only with roomJoin, and destinationRoom only with roomAdmin.",
        "Switch on roomJoin or roomAdmin, or unset the rest.";
    // Not in section 9: needs.md row 12.
    Warning "unknown-field" Claims(unknown::unknown_field),
        "a field that LiveKit does not define",
        "Servers ignore it, so it grants and restricts nothing. In roomConfig, servers before v1.12.0 refuse the whole token.",
        "Write the name as roomkey grants lists it, or leave the field out.";
    // Not in section 9.
    Note "unknown-claim" Claims(unknown::unknown_claim),
        "a claim that LiveKit does not define",
        "Servers ignore it. Your own services may read it.",
        "Leave it out unless a service of yours needs it; grants go inside video.";
    // Not in section 9: section 1.1 says never to write it.
    Warning "aud" Claims(unknown::audience),
        "an audience",
        "The verifiers of Python's and Rust's SDKs refuse every token that has an aud. LiveKit's server ignores it.",
        "Leave aud out.";
    Error "identity-long" Claims(joining::identity_long),
        "an identity over 256 bytes",
        "The server answers 400 `participant identity length exceeds limits`. The limit counts bytes, not letters, and can be configured.",
        "Shorten Identity.";
    Error "room-long" Claims(joining::room_long),
        "a room name over 256 bytes",
        "The server answers 400 `room name length exceeds limits`. The limit counts bytes, not letters, and can be configured.",
        "Shorten Room.";
    Warning "name-long" Claims(joining::name_long),
        "a name over 256 bytes",
        "The join works, because the name is not checked there. Later updates of it are refused.",
        "Shorten Name.";
    Error "metadata-big" Claims(participant::metadata_big),
        "metadata over 512 KiB",
        "The session fails with 500, which /rtc/validate does not foretell. Before v1.13.2 the limit was 64,000 bytes.",
        "Keep the data elsewhere and put its key into metadata.";
    Error "attributes-big" Claims(participant::attributes_big),
        "attributes over 64 KiB",
        "The limit is for all keys and values together. The session fails with 500, which /rtc/validate does not foretell.",
        "Keep the data elsewhere and put its key into an attribute.";
    Warning "token-big" Claims(participant::token_big),
        "a token over 4 KiB",
        "Browsers send the token in the URL, beside other things. Many proxies refuse a request line over 8 KiB.",
        "Shorten metadata and attributes; each byte of them costs 4/3 bytes of token.";
    Note "metadata-not-json" Claims(participant::metadata_not_json),
        "metadata that is not JSON",
        "Any text is legal, but many apps expect JSON and fail on something else.",
        "Write JSON if the app reads it as JSON.";
    Note "attr-empty" Claims(participant::attr_empty),
        "an attribute without a value",
        "It is kept at the join, but in a later update an empty value deletes the attribute.",
        "Give it a value, or leave it out.";
    Note "attr-reserved" Claims(participant::attr_reserved),
        "an attribute of LiveKit's own",
        "LiveKit uses keys that start with sip., ingress. or lk. itself, and may overwrite or misread yours.",
        "Choose another prefix.";
    Error "sources-vs-publish" Claims(media::sources_vs_publish),
        "sources allowed, publishing not",
        "canPublish off wins over canPublishSources, whatever the SDKs' comments say. Nothing can be published.",
        "Unset canPublish to allow the sources, or clear the sources.";
    Warning "sources-empty" Claims(media::sources_empty),
        "an empty list of sources",
        "To the server an empty list is no restriction: every source may be published.",
        "To allow none, set canPublish to off.";
    Error "sources-unknown" Claims(media::sources_unknown),
        "a source that the server does not know",
        "The server compares in lower case. A wrong word allows nothing, and with capitals the client is told that it may publish what the server then refuses.",
        "Write camera, microphone, screen_share or screen_share_audio.";
    Note "data-follows" Claims(media::data_follows),
        "data is off too",
        "An unset canPublishData follows canPublish. Python's SDK and Rust's before 0.4 write it as true instead, so their tokens leave data on.",
        "Set canPublishData to on or off.";
    Warning "hidden-publish" Claims(media::hidden_publish),
        "hidden, but may publish",
        "Its tracks are sent to subscribers who never hear of the participant, and its data arrives without a sender.",
        "Set canPublish and canPublishData to off, or unset hidden.";
    Warning "recorder" Claims(participant::recorder),
        "joins as a recorder",
        "The room shows that it is being recorded. A recorder gets every track whatever its publisher allowed, is not counted and does not keep the room open. The flag recorder is deprecated.",
        "Use it for a recording service only, and there kind egress; for a person set hidden.";
    Warning "agent-flag" Claims(participant::agent_flag),
        "joins as an agent",
        "It is not counted, starts no agents, and may send text under another's identity. With video.agent it may register workers for the whole project.",
        "Use it for an agent only; for a person unset agent and kind.";
    Note "kind-mismatch" Claims(participant::kind_mismatch),
        "a kind that services set for themselves",
        "Clients show and treat participants by their kind. LiveKit's agents have kind agent and video.agent together; sip, ingress and egress come from those services.",
        "Set kind agent and video.agent together, or unset kind.";
    Warning "kind-unknown" Claims(participant::kind_unknown),
        "a kind that LiveKit does not know",
        "The server takes an unknown kind for standard and drops an unknown detail, without a word.",
        "Choose one that the row offers, or unset it.";
    Warning "wide-record" Claims(power::wide_record),
        "a participant with power over every room",
        "These grants are not bound to Room. Whoever holds the token can record, list or delete all of the project's rooms, or manage its ingresses or SIP trunks.",
        "Keep them on your server, in a token of their own that does not join.";
    Warning "admin-join" Claims(power::admin_join),
        "a participant who moderates",
        "Its client can remove and mute the others and change everybody's permissions, its own too.",
        "Give it to trusted people only, or keep roomAdmin on your server.";
    Note "delete-needs-create" Claims(power::delete_needs_create),
        "roomAdmin does not close rooms",
        "DeleteRoom asks for roomCreate, and that is for every room.",
        "Add roomCreate if it is to close the room.";
    Note "transfer-needs-both" Claims(power::transfer_needs_both),
        "sip.call does not transfer calls",
        "TransferSIPParticipant asks for sip.call and for roomAdmin on the call's room.",
        "Add roomAdmin and the room if it is to transfer calls.";
    Note "auto-create" Claims(power::auto_create),
        "the join may not make the room",
        "Where the server's room.auto_create is off, a join to a missing room is answered with 404 `requested room does not exist`, unless the token has roomCreate.",
        "Create the room first, or add roomCreate.";
    Note "update-own" Claims(participant::update_own),
        "cannot change its own metadata",
        "A client that sends metadata or attributes while joining gets 401. What the token itself says is set all the same.",
        "Set canUpdateOwnMetadata if the client is to change them.";
    Warning "ttl-long" Times(times::ttl_long),
        "valid for more than 24 hours",
        "A self-hosted server cannot take a token back: removing the participant does not end it. Only another key does.",
        "Shorten it; a connected client gets fresh tokens from the server.";
    Note "ttl-short" Times(times::ttl_short),
        "valid for a minute or less",
        "A client's TokenSource fetches a new token each time, and clocks that differ a little make it fail.",
        "Give it some minutes.";
    Warning "ttl-zero" Times(times::ttl_zero),
        "ends the moment it begins",
        "Servers take it for the 60 s of leeway and no longer. The SDKs for Go and Node turn a zero into 6 hours.",
        "Give it a lifetime.";
    // Not in section 9: needs.md row 12.
    Error "ttl-past" Times(times::ttl_past),
        "ends before it begins",
        "No server takes it, but for the 60 s of leeway.",
        "Choose an end in the future.";
    // Not in section 9: section 3, row 5.
    Error "no-iss" Claims(times::no_iss),
        "no iss",
        "The server cannot know whose secret to check with and answers 401 `invalid API key`.",
        "Sign it again with a project's key.";
    Error "no-exp" Claims(times::no_exp),
        "no end",
        "Newer servers refuse it. On v1.13.5 and older it never expires.",
        "Sign it again with an exp.";
    Warning "no-nbf" Claims(times::no_nbf),
        "no beginning",
        "The TokenSource of JavaScript clients keeps such a token for ever, even when it has expired.",
        "Sign it again with an nbf.";
    Error "exp-ms" Times(times::exp_ms),
        "milliseconds instead of seconds",
        "Claims count seconds. In milliseconds an exp lasts for millennia, and an nbf never comes.",
        "Divide by 1000 before signing.";
    Note "clock" Times(times::clock),
        "a beginning in the future",
        "Servers allow 60 s, Node's verifier 10 s. Python's looks at iat too.",
        "Wait, or set the clocks right.";
    // Not in section 9: rules of the project's owner, not of a server.
    Error "policy-unreadable" Policies(policy::unreadable),
        "the projects' policies cannot be read",
        "They say what may be signed for which project. As long as the file is broken nobody knows what it forbids, so nothing is signed for any project.",
        "Mend policies.toml at the line that is named, or move the file away.";
    Error "policy-ttl" Policy(policy::ttl),
        "valid for longer than the project allows",
        "The project's policy has a max_ttl. It counts for the composer, the command line and the token endpoint alike, and --force does not overrule it.",
        "Shorten the life of the token, or change the policy: roomkey project policy NAME --max-ttl TIME.";
    Error "policy-grant" Policy(policy::grant),
        "a grant that the project does not allow",
        "The project's policy lists what may be granted. What the server takes for a yes when it is unset counts as granted, and so does a field that roomkey does not know. --force does not overrule it.",
        "Take the grant out, setting to off what is a yes by default; or change the policy: roomkey project policy NAME --allow GRANT.";
    Warning "policy-production" Policy(policy::production),
        "an administrative token for production",
        "The project's policy says that people depend on it. Whoever holds this token has power over others, or over the whole project.",
        "Sign it only if it is meant: the project's name has to be typed. Without the administrative grants nothing is asked.";
    // Not in section 9.
    Warning "old-key" OldKey(policy::old_key),
        "signed with a project's old key",
        "The project has had another key since. A server that still knows the old one takes the token; one that has forgotten it answers 401 `invalid API key`.",
        "Sign it again with the present key before the old one leaves the server's configuration.";
    Warning "identity-reuse" Issued(outside::identity_reuse),
        "an identity that is in use",
        "The second join with an identity removes the first participant from the room.",
        "Choose another identity unless it is the same person on the same device.";
    Warning "secret-short" Project(outside::secret_short),
        "a secret under 32 bytes",
        "The server logs an error at its start. A short secret can be found by trying from a single token.",
        "Make a new pair with livekit-server generate-keys.";
    Error "secret-space" Project(outside::secret_space),
        "a secret with a space or a line break around it",
        "No SDK and no server trims a secret, so every signature would be wrong.",
        "Take it off and save the project again.";
    Warning "dev-key" Project(outside::dev_key),
        "the public development key on another machine",
        "devkey and its secret are in LiveKit's documentation: anyone who reaches that server can do anything there.",
        "Make a pair of its own with livekit-server generate-keys.";
    Note "key-swap" Project(outside::key_swap),
        "key and secret may be swapped",
        "LiveKit's own keys start with API and its secrets do not. Hand-made ones may differ.",
        "Compare both with the server's keys, and exchange them if they are swapped.";
    // Not in section 9: needs.md row 8.
    Warning "url-insecure" Project(outside::url_insecure),
        "ws:// to another machine",
        "Tokens and media signalling travel in clear, and browsers refuse ws:// from an https page.",
        "Use wss:// if the server has TLS.";
    // Not in section 9: needs.md row 8.
    Note "url-no-port" Project(outside::url_no_port),
        "this machine without a port",
        "livekit-server listens on 7880 unless told otherwise; without a port clients try 80 or 443.",
        "Add :7880, or the port that the server uses.";
    // Not in section 9: needs.md row 8.
    Note "url-tls-loopback" Project(outside::url_tls_loopback),
        "wss:// to this machine",
        "livekit-server --dev speaks ws:// without TLS.",
        "Use ws:// unless something in front of the server has TLS.";
    Error "config-secret" Claims(secrets::config_secret),
        "a secret in roomConfig",
        "A token is signed, not encrypted: whoever holds it can read the secret. Go's SDK refuses to sign some of these, and the server cannot refresh such a participant's token.",
        "Leave it out: keep the storage settings in the egress service's configuration, or start the recording from your server.";
    Note "config-exists" Claims(config::config_exists),
        "room settings count only for a new room",
        "They are applied when this join makes the room. A room that exists keeps its own, and agents listed here are not dispatched.",
        "Make sure that this participant is the first, or create the room or the dispatch from your server.";
    Note "config-agents" Claims(config::config_agents),
        "room settings without agents",
        "Without a list, every agent worker that has no name is dispatched. With one, only those in it are.",
        "List agents under dispatch if only those are to come.";
    // Not in section 9: needs.md row 12 and section 2(a).
    Warning "agents-no-join" Claims(config::agents_no_join),
        "agents without a join",
        "Agents in roomConfig are dispatched when a join makes the room. A token that does not join dispatches none; lk drops them without a word.",
        "Set roomJoin, or dispatch from your server with roomAdmin.";
    // Not in section 9: needs.md row 12.
    Note "agent-unnamed" Claims(config::agent_unnamed),
        "an agent without a name",
        "It dispatches every worker that registered without a name.",
        "Set agentName if one agent is meant.";
    Warning "preset-unknown" Claims(config::preset_unknown),
        "a room preset that the server must know",
        "If it does not, the join that makes the room fails with 500. The names are in the server's room.room_configurations. Rust's SDK cannot set one.",
        "Compare it with the server's configuration.";
    Error "deployment" Claims(config::deployment),
        "a deployment that no agent can have",
        "At most 64 bytes, no underscore, no space, no control character. The server skips the dispatch and only logs it.",
        "Write the deployment's name as the agent registered it.";
    Warning "sip-half" Claims(power::sip_half),
        "sip with one member",
        "Rust's livekit-api 0.6.2 cannot verify a token whose sip lacks admin or call.",
        "Sign it again here: roomkey writes both.";
    Note "cloud-only" Claims(power::cloud_only),
        "only LiveKit Cloud heeds it",
        "A self-hosted server ignores it or answers that it is not implemented.",
        "Leave it out for a self-hosted server.";
    Note "refresh-loses" Claims(power::refresh_loses),
        "a grant that a refresh loses",
        "The server signs a fresh token at the join and every 5 minutes, with identity, name, kind, metadata, attributes, video, roomConfig and roomPreset only.",
        "Keep the original token for these calls, or use one that does not join.";
    Warning "room-space" Claims(joining::room_space),
        "a room or an identity that is not what it looks",
        "Names are compared byte by byte. A space or a look-alike letter makes it a different room or participant.",
        "Type it anew instead of pasting it.";
    // Not in section 9: needs.md row 12.
    Warning "personal-data" Claims(joining::personal_data),
        "personal data in a room or an identity",
        "Both stand in logs and traces, and everyone in the room sees the identity.",
        "Use an id of your own, and put the readable name into Name.";
    // Not in section 9: braces are roomkey's own.
    Warning "placeholder-unknown" Claims(participant::placeholder_unknown),
        "braces that look like a placeholder",
        "{user}, {date}, {time}, {rand4} and {n} are filled in before roomkey signs. Anything else in braces stays in the token as it is.",
        "Write {user}, {date}, {time}, {rand4} or {n}, or take the braces out.";
    Error "bearer-paste" Paste(outside::bearer_paste),
        "more than a token was pasted",
        "A server refuses a token with quotes, line breaks, padding or a second Bearer.",
        "Copy the bare token: three parts with two dots, nothing around.";
    Error "alg" Algorithm(outside::alg),
        "not signed with HS256",
        "The server takes HS256 only. Node's verifier takes other HMACs too and would not tell.",
        "Sign it again with HS256.";
};
