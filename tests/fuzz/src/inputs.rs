//! Where hostile inputs come from: real tokens, changed in every way that one could think of. The same seed makes the
//! same inputs on every machine.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;

use roomkey::claims::catalog::ENTRIES;

/// The tokens of the official SDKs.
#[must_use]
pub fn tokens() -> Vec<String> {
    vectors().iter().filter_map(|vector| vector["token"].as_str().map(str::to_owned)).collect()
}

/// Their payloads, as JSON.
#[must_use]
pub fn payloads() -> Vec<String> {
    tokens()
        .iter()
        .filter_map(|token| URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect()
}

fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("../../data/vectors.json")).unwrap_or_default()
}

/// Chance that comes out the same each time: splitmix64.
#[derive(Clone, Debug)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % (end.max(1) as u64)).unwrap_or(0)
    }

    /// Once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

/// Hostile inputs without end.
#[derive(Clone, Debug)]
pub struct Inputs {
    dice: Dice,
    tokens: Vec<String>,
    payloads: Vec<String>,
}

impl Inputs {
    /// Those of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { dice: Dice(seed), tokens: tokens(), payloads: payloads() }
    }
}

impl Iterator for Inputs {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let token = match self.dice.below(10) {
            0 => garbage(&mut self.dice),
            1 => self.flipped(),
            2 => self.cut(),
            3 => self.parts(),
            4 => self.broken_bytes(),
            5 => self.header(),
            _ => self.payload(),
        };
        Some(if self.dice.once_in(3) { wrapped(&mut self.dice, &token) } else { token })
    }
}

impl Inputs {
    fn token(&mut self) -> String {
        let at = self.dice.below(self.tokens.len());
        self.tokens[at].clone()
    }

    /// Some characters are others.
    fn flipped(&mut self) -> String {
        let mut chars: Vec<char> = self.token().chars().collect();
        for _ in 0..=self.dice.below(6) {
            let at = self.dice.below(chars.len());
            let c = self
                .dice
                .of(&["A", "_", "-", ".", "=", "+", "/", " ", "\n", "\0", "é", "\u{202e}", "\u{200b}"]);
            chars.splice(at..=at, c.chars());
        }
        chars.into_iter().collect()
    }

    fn cut(&mut self) -> String {
        let token = self.token();
        let (from, to) = (self.dice.below(token.len()), self.dice.below(token.len()));
        if self.dice.once_in(2) {
            token[..to].to_owned()
        } else {
            token[from.min(to)..from.max(to)].to_owned()
        }
    }

    /// Parts twice, missing, in another order, or of several tokens.
    fn parts(&mut self) -> String {
        let (a, b) = (self.token(), self.token());
        let parts: Vec<&str> = a.split('.').chain(b.split('.')).chain(["", "e30", "eyJ", "Bearer"]).collect();
        (0..self.dice.below(7)).map(|_| self.dice.of(&parts)).collect::<Vec<_>>().join(".")
    }

    /// A payload that is no UTF-8.
    fn broken_bytes(&mut self) -> String {
        let at = self.dice.below(self.payloads.len());
        let mut bytes = self.payloads[at].clone().into_bytes();
        for _ in 0..=self.dice.below(8) {
            let at = self.dice.below(bytes.len());
            bytes[at] = u8::try_from(self.dice.below(256)).unwrap_or(0);
        }
        assembled(&mut self.dice, br#"{"alg":"HS256","typ":"JWT"}"#, &bytes)
    }

    fn header(&mut self) -> String {
        let mut header = String::from("{\"alg\":");
        let odd = value(&mut self.dice, 0);
        header.push_str(self.dice.of(&[
            "\"HS256\"",
            "\"none\"",
            "\"RS256\"",
            "\"hs256\"",
            "\"\\u001b[2J\"",
            "1e999",
            &odd,
        ]));
        for _ in 0..self.dice.below(4) {
            header.push(',');
            header.push_str(&member(&mut self.dice, 0));
        }
        header.push('}');
        let at = self.dice.below(self.payloads.len());
        let payload = self.payloads[at].clone();
        assembled(&mut self.dice, header.as_bytes(), payload.as_bytes())
    }

    /// A real payload with more in it, or one made up.
    fn payload(&mut self) -> String {
        let mut members = Vec::new();
        if self.dice.once_in(2) {
            let at = self.dice.below(self.payloads.len());
            let real = self.payloads[at].trim().trim_start_matches('{').trim_end_matches('}');
            members.push(real.to_owned());
        } else {
            members.push(r#""iss":"devkey","sub":"alice","nbf":1795531300,"exp":1795534927"#.to_owned());
            members.push(r#""video":{"roomJoin":true,"room":"demo"}"#.to_owned());
        }
        for _ in 0..=self.dice.below(5) {
            members.push(member(&mut self.dice, 0));
        }
        if self.dice.once_in(40) {
            members.push(large(&mut self.dice));
        }
        if self.dice.once_in(3) {
            let (a, b) = (self.dice.below(members.len()), self.dice.below(members.len()));
            members.swap(a, b);
        }
        let members: Vec<String> = members.into_iter().filter(|member| !member.is_empty()).collect();
        let payload = format!("{{{}}}", members.join(","));
        assembled(&mut self.dice, br#"{"alg":"HS256","typ":"JWT"}"#, payload.as_bytes())
    }
}

/// A token of these parts, mostly with the signature of the secret `secret`.
fn assembled(dice: &mut Dice, header: &[u8], payload: &[u8]) -> String {
    let (header, payload) = match dice.below(12) {
        0 => (STANDARD.encode(header), STANDARD.encode(payload)),
        1 => (URL_SAFE.encode(header), URL_SAFE.encode(payload)),
        _ => (URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload)),
    };
    let signed = format!("{header}.{payload}");
    let signature = match dice.below(8) {
        0 => String::new(),
        1 => "A".repeat(43),
        2 => garbage(dice),
        3 => signature(&signed, "secret\n"),
        _ => signature(&signed, "secret"),
    };
    if dice.once_in(20) { signed } else { format!("{signed}.{signature}") }
}

fn signature(message: &str, secret: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(message.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// Characters that something might trip over.
const HOSTILE: [&str; 34] = [
    "\0",
    "\x07",
    "\x1b[2J",
    "\x1b]0;x\x07",
    "\x1b[31m",
    "\x7f",
    "\u{80}",
    "\u{9b}2J",
    "\u{9d}",
    "\r",
    "\n",
    "\t",
    "\u{ad}",
    "\u{61c}",
    "\u{200b}",
    "\u{200d}",
    "\u{200e}",
    "\u{202e}",
    "\u{2028}",
    "\u{2066}",
    "\u{2069}",
    "\u{feff}",
    "\u{fff9}",
    "\u{e0041}",
    "e\u{301}\u{301}",
    "会議室",
    "👩\u{200d}💻",
    "🇩🇪",
    "ﷺ",
    "\"",
    "\\",
    "…",
    "\u{10ffff}",
    "a",
];

fn garbage(dice: &mut Dice) -> String {
    let words = [
        "eyJ",
        "eyJhbGciOiJIUzI1NiJ9",
        ".",
        "..",
        "e30",
        "Bearer ",
        "token=",
        "{",
        "}",
        "\"",
        ":",
        "[",
        "=",
        "é",
        "wss://x?access_token=",
    ];
    let mut out = String::new();
    for _ in 0..dice.below(24) {
        match dice.below(4) {
            0 => out.push_str(dice.of(&HOSTILE)),
            1 => out.push_str(dice.of(&words)),
            2 => out.push(char::from(u8::try_from(33 + dice.below(94)).unwrap_or(b'a'))),
            _ => out.extend(char::from_u32(u32::try_from(dice.below(0x11_0000)).unwrap_or(0))),
        }
    }
    out
}

/// A text with something hostile in it, sometimes long, as JSON.
fn text(dice: &mut Dice) -> String {
    let mut text = String::new();
    for _ in 0..dice.below(5) {
        text.push_str(dice.of(&HOSTILE));
        text.push_str(dice.of(&[
            "",
            "demo",
            "alice",
            "camera",
            "true",
            "1795531327",
            "{\"a\":1}",
            "a@example.org",
            "+49 30 1234567",
        ]));
    }
    if dice.once_in(30) {
        text = text.repeat(1 + dice.below(400));
    }
    // Some as they are, some as escapes; a raw control character is no JSON, which is a case too.
    match dice.below(12) {
        0 => format!("\"{}\"", text.replace(['"', '\\'], "")),
        1 => format!(
            "\"{}\"",
            text.encode_utf16().fold(String::new(), |all, unit| format!("{all}\\u{unit:04x}"))
        ),
        2 => r#""\ud800x\udc00""#.into(),
        _ => Value::from(text).to_string(),
    }
}

const NUMBERS: [&str; 20] = [
    "0",
    "-0",
    "1",
    "-1",
    "1.5",
    "1e3",
    "1e308",
    "1e999",
    "-1e999",
    "1e-999",
    "4294967295",
    "4294967296",
    "1795534927",
    "1795534927000",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "99999999999999999999999999999999999999",
    "0.1000000000000000055511151231257827",
    "62135596800",
];

fn value(dice: &mut Dice, depth: usize) -> String {
    match dice.below(if depth > 6 { 8 } else { 12 }) {
        0 => "null".into(),
        1 => "true".into(),
        2 => "false".into(),
        3 | 4 => dice.of(&NUMBERS).to_owned(),
        5..=7 => text(dice),
        8 => "[]".into(),
        9 => {
            let items: Vec<String> = (0..dice.below(5)).map(|_| value(dice, depth + 1)).collect();
            format!("[{}]", items.join(","))
        }
        10 => {
            let depth = dice.below(140);
            let (open, close) = if dice.once_in(2) { ("[", "]") } else { ("{\"a\":", "}") };
            format!("{}1{}", open.repeat(depth), close.repeat(depth))
        }
        _ => {
            let members: Vec<String> = (0..dice.below(6)).map(|_| member(dice, depth + 1)).collect();
            format!("{{{}}}", members.join(","))
        }
    }
}

/// A key that means something, or nearly, or nothing; with a value that fits, or not.
fn member(dice: &mut Dice, depth: usize) -> String {
    const MORE: [&str; 16] = [
        "iss",
        "sub",
        "aud",
        "jti",
        "iat",
        "nbf",
        "exp",
        "identity",
        "video",
        "sip",
        "agent",
        "attributes",
        "roomConfig",
        "agents",
        "egress",
        "tags",
    ];
    let paths: Vec<&str> = ENTRIES.iter().map(|entry| entry.path).collect();
    let name = match dice.below(8) {
        0 => dice.of(&MORE).to_owned(),
        1 => return format!("{}:{}", text(dice), value(dice, depth)),
        2 => dice.of(&paths).rsplit('.').next().unwrap_or("room").to_uppercase(),
        3 => snake_case(dice.of(&paths).rsplit('.').next().unwrap_or("room")),
        _ => {
            let path = dice.of(&paths);
            if let Some((group, name)) = path.split_once('.')
                && depth == 0
            {
                let (name, inner) = (Value::from(name), value(dice, depth + 1));
                let more =
                    if dice.once_in(3) { format!(",{}", member(dice, depth + 1)) } else { String::new() };
                return format!("{}:{{{name}:{inner}{more}}}", Value::from(group));
            }
            path.rsplit('.').next().unwrap_or("room").to_owned()
        }
    };
    format!("{}:{}", Value::from(name), value(dice, depth))
}

fn snake_case(name: &str) -> String {
    name.chars()
        .flat_map(|c| [c.is_uppercase().then_some('_'), Some(c.to_ascii_lowercase())])
        .flatten()
        .collect()
}

/// A member of some thousand bytes: one long text, or many keys, or many items.
fn large(dice: &mut Dice) -> String {
    let size = 1_000 << dice.below(6);
    let key = dice.of(&["metadata", "attributes", "x", "sub", "name", "roomPreset"]);
    match dice.below(5) {
        0 => format!(
            "\"{key}\":\"{}\"",
            dice.of(&["x", "é", "\\u202e", "👩\u{200d}💻", "e\u{301}", "\u{301}", " "]).repeat(size / 8)
        ),
        1 => {
            let pairs: Vec<String> = (0..size / 16).map(|i| format!("\"k{i}\":\"v{i}\"")).collect();
            format!("\"attributes\":{{{}}}", pairs.join(","))
        }
        2 => format!("\"{key}\":[{}]", vec![value(dice, 5); size / 64].join(",")),
        3 => {
            let agents: Vec<String> = (0..size / 40).map(|i| format!("{{\"agentName\":\"a{i}\"}}")).collect();
            format!("\"roomConfig\":{{\"agents\":[{}]}}", agents.join(","))
        }
        _ => {
            let name = "k".repeat(size);
            format!("\"{name}\":{{\"{name}\":{{\"a\":1,\"b\":[{{}},{{}}]}}}},\"attributes\":{{\"{name}\":1}}")
        }
    }
}

/// The token in what people paste it with.
fn wrapped(dice: &mut Dice, token: &str) -> String {
    match dice.below(12) {
        0 => format!("Bearer {token}"),
        1 => format!("Authorization: bearer \"{token}\"\r\n"),
        2 => format!("wss://x.livekit.cloud/rtc?access_token={token}&auto_subscribe=1"),
        3 => format!("{{\"server_url\":\"wss://x\",\"participant_token\":\"{token}\"}}"),
        4 => format!("2026-11-24T14:42:07Z INFO joined token={token}, room=demo\n\x1b[31mnext\x1b[0m line"),
        5 => format!("\u{feff}  '{token}'  \u{200b}"),
        6 | 7 => {
            let width = 1 + dice.below(100);
            let chars: Vec<char> = token.chars().collect();
            let lines: Vec<String> = chars.chunks(width).map(|line| line.iter().collect()).collect();
            let lead = dice.of(&["", "token: ", "> "]);
            format!("{lead}{}", lines.join(dice.of(&["\n", "\r\n", "\n  ", "\r"])))
        }
        8 => format!("{token}\n{token}"),
        9 => format!("LIVEKIT_URL=wss://x\nLIVEKIT_API_KEY=k\nLIVEKIT_TOKEN={token}"),
        10 => format!("{}{token}{}", garbage(dice), garbage(dice)),
        _ => format!("`{token}`."),
    }
}
