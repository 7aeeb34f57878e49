//! Many tokens that differ only in who they are for.
//!
//! What is the same in all is written as JSON and judged once; for each token the identity, the name and the room are put
//! in between. That is only done with texts of which it is known that the rules say the same of them: all others go the
//! long way, and a test holds the two ways against each other.

use std::ops::Range;

use zeroize::Zeroizing;

use crate::claims::Claims;
use crate::claims::problems::{self, Problem};

/// Who a token is for.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The identity.
    pub identity: &'a str,
    /// The display name.
    pub name: &'a str,
    /// The room.
    pub room: &'a str,
}

impl<'a> Names<'a> {
    const fn all(&self) -> [&'a str; 3] {
        [self.identity, self.name, self.room]
    }
}

/// Claims without identity, name and room.
#[derive(Clone, Debug)]
pub struct Mould {
    /// The JSON before, between and behind the texts.
    json: Zeroizing<Vec<u8>>,
    /// Where each text goes, and which it is, in the order of the JSON. One that is empty goes nowhere.
    places: Vec<(Range<usize>, usize)>,
    /// Whether each text is there.
    present: [bool; 3],
    /// What is wrong with all of them alike.
    problems: Vec<Problem>,
}

impl Mould {
    /// Of the claims of one of them, and what was found to be wrong with it. `None` where the others cannot be known to
    /// be like it.
    #[must_use]
    pub fn of(claims: &Claims, problems: &[Problem]) -> Option<Self> {
        const MARKS: [&str; 3] = ["\u{f8ff}0\u{f8ff}", "\u{f8ff}1\u{f8ff}", "\u{f8ff}2\u{f8ff}"];
        let mut marked = claims.clone();
        // What is unknown may stand in some relation to the texts.
        if !marked.grants.unknown.is_empty() {
            return None;
        }
        let texts = [&mut marked.identity, &mut marked.grants.name, &mut marked.grants.video.room];
        let mut present = [false; 3];
        for ((text, mark), present) in texts.into_iter().zip(MARKS).zip(&mut present) {
            *present = !text.is_empty();
            if *present {
                mark.clone_into(text);
            }
        }
        let json = Zeroizing::new(serde_json::to_string(&marked).ok()?);
        let mut places = Vec::new();
        for (which, mark) in MARKS.into_iter().enumerate().filter(|(which, _)| present[*which]) {
            let mut found = json.match_indices(mark);
            let (at, _) = found.next()?;
            if found.next().is_some() {
                return None;
            }
            places.push((at..at + mark.len(), which));
        }
        places.sort_by_key(|(place, _)| place.start);
        let mould = Self {
            json: Zeroizing::new(json.as_bytes().to_vec()),
            places,
            present,
            problems: problems.to_vec(),
        };
        let own =
            Names { identity: &claims.identity, name: &claims.grants.name, room: &claims.grants.video.room };
        mould.fits(&own).then_some(mould)
    }

    /// Whether a token for these has the same problems as the one that the mould was made of, and no others.
    #[must_use]
    pub fn fits(&self, names: &Names<'_>) -> bool {
        let texts = names.all();
        let alike = texts.iter().zip(self.present).all(|(text, present)| text.is_empty() != present);
        let length = self.json.len() + texts.iter().map(|text| text.len()).sum::<usize>();
        alike
            && problems::is_plain_name(names.identity)
            && problems::is_plain_name(names.room)
            && problems::is_short_name(names.name)
            && names.name.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\')
            && problems::is_small_payload(length)
    }

    /// What is wrong with each that fits.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The claims as JSON, for names that fit.
    pub(super) fn write(&self, names: &Names<'_>, into: &mut Vec<u8>) {
        let texts = names.all();
        let mut done = 0;
        for (place, which) in &self.places {
            into.extend_from_slice(&self.json[done..place.start]);
            // Letters, digits and what JSON leaves as it is.
            into.extend_from_slice(texts[*which].as_bytes());
            done = place.end;
        }
        into.extend_from_slice(&self.json[done..]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::claims::draft::Draft;
    use crate::clock::Timestamp;
    use crate::project::{ApiKey, ApiSecret};
    use crate::token::Signer;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    /// The claims and problems of the long way.
    fn long_way(draft: &Draft, names: &Names<'_>) -> (Claims, Vec<Problem>) {
        let mut draft = draft.clone();
        draft.identity = names.identity.into();
        draft.grants.name = names.name.into();
        draft.grants.video.room = names.room.into();
        let preview = draft.preview(&ApiKey::dev(), NOW);
        (preview.claims, preview.problems)
    }

    fn ids(problems: &[Problem]) -> Vec<&str> {
        problems.iter().map(|problem| problem.rule.id).collect()
    }

    fn drafts() -> impl Strategy<Value = Draft> {
        let grants = prop::sample::select(vec![
            r#"{"roomJoin": true}"#,
            r#"{"roomJoin": true, "roomAdmin": true, "canPublish": false, "hidden": true}"#,
            r#"{"roomCreate": true, "roomList": true}"#,
            r#"{"roomAdmin": true, "canPublishSources": ["camera"]}"#,
            r#"{"roomJoin": true, "agent": true, "recorder": true, "destinationRoom": "other"}"#,
        ]);
        (grants, ".{0,12}", prop::collection::btree_map("[a-z.]{0,8}", ".{0,6}", 0..3)).prop_map(
            |(grant, metadata, attributes)| {
                let mut draft = Draft::default();
                draft.lay_grant(grant).unwrap();
                draft.grants.metadata = metadata;
                draft.grants.attributes.extend(attributes);
                draft
            },
        )
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[A-Za-z0-9._-]{0,12}",
            "[A-Za-z0-9_-]{250,260}",
            ".{0,8}",
            Just(String::new()),
            Just("a@b.example".into()),
            Just("+49 30 1234567".into())
        ]
    }

    proptest! {
        #[test]
        fn what_fits_has_the_claims_and_the_problems_of_the_long_way(
            draft in drafts(), first in [text(), text(), text()], next in [text(), text(), text()],
        ) {
            let names = |of: &'_ [String; 3]| -> [String; 3] { of.clone() };
            let (first, next) = (names(&first), names(&next));
            let first = Names { identity: &first[0], name: &first[1], room: &first[2] };
            let next = Names { identity: &next[0], name: &next[1], room: &next[2] };
            let (claims, problems) = long_way(&draft, &first);
            let Some(mould) = Mould::of(&claims, &problems) else { return Ok(()) };
            if !mould.fits(&next) {
                return Ok(());
            }
            let (claims, problems) = long_way(&draft, &next);
            prop_assert_eq!(ids(mould.problems()), ids(&problems));
            let mut signer = Signer::new(&ApiSecret::dev()).unwrap();
            let (mut short, mut long) = (String::new(), String::new());
            signer.append_of(&mould, &next, &mut short);
            signer.append(&claims, &mut long).unwrap();
            prop_assert_eq!(short, long);
        }
    }

    #[test]
    fn ordinary_names_fit_and_what_a_rule_might_speak_of_does_not() {
        let mut draft = Draft::default();
        draft.lay_grant(r#"{"roomJoin": true}"#).unwrap();
        let alice = Names { identity: "alice", name: "", room: "demo" };
        let (claims, problems) = long_way(&draft, &alice);
        let mould = Mould::of(&claims, &problems).unwrap();
        let of = |identity, name, room| Names { identity, name, room };
        assert!(mould.fits(&of("load-1.a_B", "", "other")));
        let long = "a".repeat(257);
        for other in [
            of("", "", "demo"),
            of("alice", "Alice", "demo"),
            of("alice", &long, "demo"),
            of("alice", "", ""),
            of("al ice", "", "demo"),
            of("a\"b", "", "demo"),
            of("会議", "", "demo"),
            of("a@b.example", "", "demo"),
            of("+4930123456", "", "demo"),
            of(&long, "", "demo"),
        ] {
            assert!(!mould.fits(&other), "{other:?}");
        }
        let bob = Names { identity: "bob", name: "Bob B. 会議 <b>", room: "demo" };
        let (claims, problems) = long_way(&draft, &bob);
        let named = Mould::of(&claims, &problems).unwrap();
        assert!(named.fits(&of("carol", "Carol \u{7f}/", "demo")));
        for name in ["", "a\"b", "a\\b", "a\nb", long.as_str()] {
            assert!(!named.fits(&of("carol", name, "demo")), "{name:?}");
        }
        // What only looks like a place for a text is none.
        draft.grants.metadata = "\u{f8ff}0\u{f8ff}".into();
        let (claims, problems) = long_way(&draft, &alice);
        assert!(Mould::of(&claims, &problems).is_none());
    }
}
