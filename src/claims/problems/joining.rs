//! Who joins, and which room: what the server asks before anything else (server/pkg/service/utils.go:332-442).

use super::{Report, Subject, quoted};
use crate::text::is_unprintable;

/// Room names and identities, in bytes (server/pkg/config/config.go:556-567). Servers can be set otherwise.
pub(super) const LONGEST_NAME: usize = 256;

pub(super) fn join_no_room(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.joins() && subject.video().room.is_empty() {
        report.say("video.room", "roomJoin needs a room");
    }
}

pub(super) fn join_no_identity(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.joins() && subject.claims.effective_identity().is_empty() {
        report.say("sub", "roomJoin needs an identity");
    }
}

pub(super) fn admin_no_room(subject: &Subject<'_>, report: &mut Report<'_>) {
    let video = subject.video();
    if video.room_admin && video.room.is_empty() {
        report.say("video.room", "roomAdmin needs a room");
    }
}

/// Only a join looks at the identity: other tokens may carry one of any length.
pub(super) fn identity_long(subject: &Subject<'_>, report: &mut Report<'_>) {
    let bytes = subject.claims.effective_identity().len();
    if subject.joins() && bytes > LONGEST_NAME {
        report.say("sub", format!("identity is {bytes} bytes; servers allow {LONGEST_NAME}"));
    }
}

pub(super) fn room_long(subject: &Subject<'_>, report: &mut Report<'_>) {
    let video = subject.video();
    let bytes = video.room.len();
    if (video.room_join || video.room_admin) && bytes > LONGEST_NAME {
        report.say("video.room", format!("room is {bytes} bytes; servers allow {LONGEST_NAME}"));
    }
}

pub(super) fn name_long(subject: &Subject<'_>, report: &mut Report<'_>) {
    let bytes = subject.grants().name.len();
    if bytes > LONGEST_NAME {
        report.say("name", format!("name is {bytes} bytes; servers allow {LONGEST_NAME} in an update"));
    }
}

/// The texts that the server compares byte by byte, with what a person calls them.
fn names<'a>(subject: &Subject<'a>) -> [(&'static str, &'static str, &'a str); 2] {
    [
        ("sub", "identity", subject.claims.effective_identity()),
        ("video.room", "room", subject.video().room.as_str()),
    ]
}

pub(super) fn room_space(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (path, called, text) in names(subject) {
        if let Some(odd) = oddity(text) {
            report.say(path, format!("{called} {} {odd}", quoted(text)));
        }
    }
}

/// What makes a text another one than it looks.
fn oddity(text: &str) -> Option<String> {
    if text.is_ascii() && !text.contains(|c: char| c.is_ascii_control()) {
        return if text.starts_with(' ') {
            Some("starts with a space".into())
        } else if text.ends_with(' ') {
            Some("ends with a space".into())
        } else {
            None
        };
    }
    let said = |c: char| format!("U+{:04X}", u32::from(c));
    let blank = |c: &char| c.is_whitespace() || is_unprintable(*c);
    if let Some(first) = text.chars().next().filter(blank) {
        return Some(format!("starts with a blank character, {}", said(first)));
    }
    if let Some(last) = text.chars().next_back().filter(blank) {
        return Some(format!("ends with a blank character, {}", said(last)));
    }
    let hidden = |c: char| is_unprintable(c) || (c.is_whitespace() && c != ' ');
    if let Some(c) = text.chars().find(|c| hidden(*c)) {
        return Some(format!("has a character in it that does not show, {}", said(c)));
    }
    // Emoji and several scripts need the joiners; between Latin letters they only hide a difference.
    let mut before = '\0';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if matches!(c, '\u{200C}' | '\u{200D}')
            && (before.is_ascii_alphanumeric() || chars.peek().is_some_and(char::is_ascii_alphanumeric))
        {
            return Some(format!("has a character in it that does not show, {}", said(c)));
        }
        before = c;
    }
    if let Some(c) = text.chars().find(|c| is_styled_latin(*c)) {
        return Some(format!("has {c} ({}) where a plain letter or digit is usual", said(c)));
    }
    let words = text.split(|c: char| !c.is_alphabetic());
    words.filter(|word| word.contains(|c: char| c.is_ascii_alphabetic())).find_map(|word| {
        let c = word.chars().find(|c| LOOK_ALIKES.contains(*c))?;
        Some(format!("has {c} ({}) among Latin letters", said(c)))
    })
}

/// Cyrillic and Greek letters that are drawn as Latin ones. Harmless in a word of their own script.
const LOOK_ALIKES: &str = "аеорсухіјѕһԁԛԝАВЕКМНОРСТУХІЈЅονικραΑΒΕΖΗΙΚΜΝΟΡΤΥΧ";

/// Full-width and mathematical letters and digits.
fn is_styled_latin(c: char) -> bool {
    matches!(c, '\u{FF10}'..='\u{FF19}' | '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}' | '\u{1D400}'..='\u{1D7FF}')
}

pub(super) fn personal_data(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (path, called, text) in names(subject) {
        if looks_like_an_address(text) {
            report.say(path, format!("{called} {} looks like an e-mail address", quoted(text)));
        } else if looks_like_a_phone_number(text) {
            report.say(path, format!("{called} {} looks like a phone number", quoted(text)));
        }
    }
}

fn looks_like_an_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        local.ends_with(|c: char| c.is_alphanumeric())
            && domain.starts_with(|c: char| c.is_alphanumeric())
            && domain.split_once('.').is_some_and(|(_, tld)| tld.starts_with(|c: char| c.is_alphabetic()))
    })
}

/// International form only: a bare number is more often an id.
fn looks_like_a_phone_number(text: &str) -> bool {
    let Some(rest) = text.trim().strip_prefix('+') else { return false };
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    (8..=15).contains(&digits) && rest.chars().all(|c| c.is_ascii_digit() || " -().".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_what_it_looks_is_told_from_one_that_is_only_foreign() {
        for (text, said) in [
            (" demo", "starts with a space"),
            ("demo ", "ends with a space"),
            ("demo\n", "ends with a blank character, U+000A"),
            ("demo\u{a0}", "ends with a blank character, U+00A0"),
            ("de\u{200b}mo", "has a character in it that does not show, U+200B"),
            ("de\tmo", "has a character in it that does not show, U+0009"),
            ("de\u{200d}mo", "has a character in it that does not show, U+200D"),
            ("d\u{435}mo", "has е (U+0435) among Latin letters"),
            ("room\u{ff11}", "has １ (U+FF11) where a plain letter or digit is usual"),
        ] {
            assert_eq!(oddity(text).as_deref(), Some(said), "{text:?}");
        }
        for fine in
            ["", "demo", "team a/b", "会議室", "урок 1", "Room Алиса", "α-test", "👩\u{200d}💻 dev", "café"]
        {
            assert_eq!(oddity(fine), None, "{fine:?}");
        }
    }

    #[test]
    fn an_address_or_a_phone_number_is_recognised_and_an_id_is_not() {
        for address in ["alice@example.org", "a.b+c@mail.example.co.uk"] {
            assert!(looks_like_an_address(address), "{address}");
        }
        for number in ["+49 30 1234567", "+1 (555) 010-9999"] {
            assert!(looks_like_a_phone_number(number), "{number}");
        }
        for id in ["alice", "alice@home", "@alice", "user-4915112345678", "+1", "15550109999", "a+b"] {
            assert!(!looks_like_an_address(id) && !looks_like_a_phone_number(id), "{id}");
        }
    }
}
