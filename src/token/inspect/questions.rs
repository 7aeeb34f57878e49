//! The questions: one row for each that a server asks of a token, with what a no means and what to do about it.
//!
//! The answers are made in [`super::checks`]; each names its row here, so no answer is without a question.

/// A question, and what follows from a no.
#[derive(Debug, PartialEq, Eq)]
pub struct Question {
    /// `not-expired`. Stable: people search for it.
    pub id: &'static str,
    /// The question as a statement: `not expired`.
    pub label: &'static str,
    /// A no, in a few words: `the token is expired`.
    pub no: &'static str,
    /// What a no means to a server: one to three sentences.
    pub why: &'static str,
    /// What to do about it: one or two sentences.
    pub cure: &'static str,
}

macro_rules! questions {
    ($($name:ident $id:literal $label:literal, $no:literal, $why:literal, $cure:literal;)+) => {
        $(pub(super) static $name: Question = Question { id: $id, label: $label, no: $no, why: $why, cure: $cure };)+
        /// Every question, in the order in which they are asked.
        pub static QUESTIONS: &[&Question] = &[$(&$name),+];
    };
}

// What a server answers is from semantics.md section 3.
questions! {
    PARTS "parts" "three parts, readable", "no whole token",
        "A token is header, payload and signature in base64url without padding, with dots between them. Of anything else the server says 401 `invalid authorization token`, and nothing more.",
        "Copy the token again, whole: without quotes, line breaks, padding or a second Bearer.";
    JSON "json" "JSON", "header or payload is not sound JSON",
        "Header and payload must be JSON objects. Of a key that is there twice the last counts; servers before v1.13.0 refuse it.",
        "Let one JSON library write header and payload, each key once.";
    ALG "alg" "HS256", "not signed with HS256",
        "The server takes HS256 only and answers 401 `signing method ... is invalid`. Servers before v1.13.0 took HS384 and HS512 too.",
        "Sign it again with HS256.";
    KEY "key" "known key", "the server does not know the API key",
        "iss names an API key that the server does not have, or no key at all. It answers 401 `invalid API key`: the token was made for another project or server, or key and secret were swapped.",
        "Compare the key with `keys:` of this server, or with the project of this URL in LiveKit Cloud. Take URL, key and secret from one place.";
    SIGNATURE "signature" "signature", "another secret made the signature",
        "The server knows the key, but another secret made the signature: a mangled one (a line break, quotes), or that of another project.",
        "Copy the secret of this key again. roomkey inspect with the token says which mangling, or which other project, made the signature.";
    TYPES "types" "types of the claims", "a claim of the wrong type",
        "A claim of the wrong type makes the server refuse the whole token, however little it matters: a text where true or false belongs, a JSON object as metadata, a number as an attribute.",
        "Write flags as true or false, metadata and attribute values as texts. roomkey inspect with the token names the claim.";
    EXP_PRESENT "exp-present" "has an end", "the token has no end",
        "There is no exp. Servers after v1.13.5 answer 401 `exp claim is required`; up to v1.13.5 such a token never expires.",
        "Sign it again with an exp.";
    NOT_EXPIRED "not-expired" "not expired", "the token is expired",
        "By the server's clock exp was more than 60 s ago. That only matters for the first connect and for a reconnect; who is in the room stays.",
        "Sign a new one. If it is fresh, compare the clocks of the signer and of the server, and look whether something caches tokens.";
    ALREADY_VALID "already-valid" "already valid", "the token is not valid yet",
        "By the server's clock nbf is more than 60 s away. Most often the clock of the machine that signs is ahead; containers and WSL drift after sleep.",
        "Set the clocks right, or wait.";
    VIDEO "video" "video grant", "the token has no video grant",
        "The token has no video grant, so it opens no room. A join is answered with 401 `no permissions to access the room`.",
        "Sign it with a video grant that has roomJoin and room.";
    ROOM_JOIN "room-join" "roomJoin", "roomJoin is off",
        "roomJoin is off or missing, so a join is answered with 401 `permissions denied`. A wrong spelling such as room_join counts as missing.",
        "Set video.roomJoin to true.";
    IDENTITY "identity" "identity", "the token has no identity",
        "There is no sub, and no jti in its place. A join is answered with 400 `identity cannot be empty`.",
        "Set the identity, to something unique in the room.";
    IDENTITY_LENGTH "identity-length" "length of identity", "the identity is too long",
        "The identity is over 256 bytes, the server's default limit. It counts bytes, not letters.",
        "Shorten the identity.";
    ROOM "room" "room", "the token names no room",
        "The grant names no room. A join is answered with 400 `no room name`; servers up to v1.9.0 let such a token join any room.",
        "Set video.room. A grant that says roomName or room_name has none.";
    ROOM_LENGTH "room-length" "length of room", "the room's name is too long",
        "The room's name is over 256 bytes, the server's default limit. It counts bytes, not letters.",
        "Shorten the room's name.";
}
