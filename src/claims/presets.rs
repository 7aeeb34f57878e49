//! Named drafts: the built-in ones, from `assets/presets.json`, and those of a user's [`own`].

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::draft::Draft;
use crate::clock::{Timestamp, Zone};
use crate::text::{did_you_mean, visible};

mod difference;
pub mod own;
mod secrets;

pub use difference::{Difference, differences};

/// A named draft.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// `participant`: what `--preset` takes.
    pub name: String,
    /// `Participant`: what the form shows. One of a user's own has its name there.
    pub title: String,
    /// What it is for, in a few words. One of a user's own may lack it.
    pub summary: String,
    /// The draft. A built-in one is without identity and room; the texts of others may have placeholders.
    pub draft: Draft,
}

impl Preset {
    /// Whether it goes by this name or title, in any case.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        let wanted = name.trim().to_lowercase();
        self.name.to_lowercase() == wanted || self.title.to_lowercase() == wanted
    }

    /// Whether it is part of the program.
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        built_in().iter().any(|preset| preset.name == self.name)
    }
}

/// The built-in presets, Participant first.
#[must_use]
pub fn built_in() -> &'static [Preset] {
    /// The file is part of the program, and a test fails if it cannot be read.
    static PRESETS: LazyLock<Vec<Preset>> = LazyLock::new(|| read(BUILT_IN).unwrap_or_default());
    &PRESETS
}

/// The built-in preset of this name or title, in any case.
///
/// # Errors
/// [`PresetError`], with the one that was probably meant.
pub fn find(name: &str) -> Result<&'static Preset, PresetError> {
    built_in_called(name).ok_or_else(|| PresetError::of(name, &[]))
}

/// As [`find`], among the built-in ones and these.
///
/// # Errors
/// As [`find`].
pub fn find_among<'a>(name: &str, own: &'a [Preset]) -> Result<&'a Preset, PresetError> {
    let ours = || own.iter().find(|preset| preset.is_called(name));
    built_in_called(name).or_else(ours).ok_or_else(|| PresetError::of(name, own))
}

/// The built-in preset of this name or title, if there is one.
#[must_use]
pub fn built_in_called(name: &str) -> Option<&'static Preset> {
    built_in().iter().find(|preset| preset.is_called(name))
}

/// No preset has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no preset \"{}\"", visible(name))]
pub struct PresetError {
    /// The name as given, cut short.
    pub name: String,
    /// The one that was probably meant.
    pub meant: Option<String>,
    /// Those of the user's own, which could have been meant.
    own: Vec<String>,
}

impl PresetError {
    /// The error that `name` is among the built-in presets and these.
    #[must_use]
    pub fn of(name: &str, own: &[Preset]) -> Self {
        let wanted = name.trim().to_lowercase();
        let all = || own.iter().chain(built_in());
        let near = did_you_mean(&wanted, all().map(|preset| preset.name.as_str())).or_else(|| {
            let title = did_you_mean(&wanted, all().map(|preset| preset.title.as_str()))?;
            all().find(|preset| preset.title == title).map(|preset| preset.name.as_str())
        });
        Self {
            name: name.chars().take(60).collect(),
            meant: near.map(str::to_owned),
            own: own.iter().map(|preset| preset.name.clone()).collect(),
        }
    }

    /// What to give instead.
    #[must_use]
    pub fn hint(&self) -> String {
        if let Some(meant) = &self.meant {
            return format!("did you mean {meant}?");
        }
        let own = self.own.iter().map(String::as_str);
        let names: Vec<&str> = own.chain(built_in().iter().map(|preset| preset.name.as_str())).collect();
        format!("choose one of {}", names.join(", "))
    }
}

const BUILT_IN: &str = include_str!("../../assets/presets.json");

/// One preset as the file has it; its draft is in the shape of [`Draft::from_json`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    title: String,
    summary: String,
    draft: Map<String, Value>,
}

fn read(text: &str) -> Result<Vec<Preset>, String> {
    let rows: Vec<Row> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let preset = |row: Row| {
        let draft = Value::Object(row.draft).to_string();
        // Lifetimes in the file are lengths, so neither the time nor the zone matters.
        let draft = Draft::from_json(&draft, Timestamp::from_unix(0), &Zone::utc())
            .map_err(|error| format!("{}: {error}", row.name))?;
        Ok(Preset { name: row.name, title: row.title, summary: row.summary, draft })
    };
    rows.into_iter().map(preset).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::claims::problems::Severity;
    use crate::clock::Ttl;
    use crate::project::ApiKey;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    /// The preset's draft with what its user has to fill in.
    fn filled(preset: &Preset) -> Draft {
        let mut draft = preset.draft.clone();
        if draft.grants.video.room_join {
            draft.identity = "alice".into();
        }
        if draft.grants.video.room_join || draft.grants.video.room_admin {
            draft.grants.video.room = "demo".into();
        }
        draft
    }

    #[test]
    fn the_built_in_presets_are_these_ten_in_this_order() {
        let presets = read(BUILT_IN).unwrap();
        assert_eq!(presets, built_in());
        let titles: Vec<(&str, &str)> = presets.iter().map(|p| (p.name.as_str(), p.title.as_str())).collect();
        assert_eq!(
            titles,
            [
                ("participant", "Participant"),
                ("viewer", "Viewer"),
                ("publisher", "Publisher"),
                ("data-only", "Data only"),
                ("moderator", "Moderator / room admin"),
                ("recorder", "Recorder (egress)"),
                ("ingress-admin", "Ingress admin"),
                ("sip-caller", "SIP caller"),
                ("agent-worker", "Agent worker"),
                ("hidden-monitor", "Hidden monitor"),
            ]
        );
    }

    #[test]
    fn names_are_unique_and_every_preset_differs_from_every_other() {
        let names: BTreeSet<&str> = built_in().iter().map(|p| p.name.as_str()).collect();
        let summaries: BTreeSet<&str> = built_in().iter().map(|p| p.summary.as_str()).collect();
        assert_eq!((names.len(), summaries.len()), (built_in().len(), built_in().len()));
        for (i, one) in built_in().iter().enumerate() {
            assert!(one.summary.len() <= 60 && !one.summary.ends_with('.'), "{}", one.name);
            for other in &built_in()[i + 1..] {
                assert_ne!(one.draft, other.draft, "{} and {}", one.name, other.name);
            }
        }
    }

    #[test]
    fn every_preset_is_signable_once_identity_and_room_are_filled_in() {
        for preset in built_in() {
            assert!(preset.draft.identity.is_empty() && preset.draft.grants.video.room.is_empty());
            let preview = filled(preset).preview(&ApiKey::dev(), NOW);
            assert!(preview.signable().is_some(), "{}: {:?}", preset.name, preview.problems);
        }
    }

    #[test]
    fn what_a_preset_warns_of_is_what_it_is_for() {
        for (name, ids) in [
            ("participant", &[][..]),
            ("viewer", &[]),
            ("publisher", &[]),
            ("data-only", &[]),
            ("moderator", &["admin-join", "delete-needs-create"]),
            ("recorder", &["recorder", "kind-mismatch"]),
            ("ingress-admin", &[]),
            ("sip-caller", &["transfer-needs-both"]),
            ("agent-worker", &[]),
            ("hidden-monitor", &[]),
        ] {
            let problems = filled(find(name).unwrap()).preview(&ApiKey::dev(), NOW).problems;
            assert!(problems.iter().all(|p| p.rule.severity != Severity::Error));
            assert_eq!(problems.iter().map(|p| p.rule.id).collect::<Vec<_>>(), ids, "{name}");
        }
    }

    #[test]
    fn a_preset_survives_json_and_lives_no_longer_than_a_day() {
        for preset in built_in() {
            let json = Value::Object(preset.draft.to_json()).to_string();
            assert_eq!(Draft::from_json(&json, NOW, &Zone::utc()), Ok(preset.draft.clone()));
            assert!(
                matches!(preset.draft.ttl, Ttl::For(seconds) if (300..=86_400).contains(&seconds)),
                "{}",
                preset.name
            );
            assert!(preset.draft.grants.video.unknown.is_empty() && preset.draft.grants.unknown.is_empty());
        }
    }

    #[test]
    fn a_preset_is_found_by_name_or_title_in_any_case() {
        for (typed, name) in [
            ("viewer", "viewer"),
            ("VIEWER", "viewer"),
            (" Data only ", "data-only"),
            ("moderator / ROOM admin", "moderator"),
            ("SIP caller", "sip-caller"),
        ] {
            assert_eq!(find(typed).unwrap().name, name, "{typed}");
        }
    }

    #[test]
    fn a_slip_in_a_name_is_answered_with_the_one_that_was_meant() {
        for (typed, hint) in [
            ("veiwer", "did you mean viewer?"),
            ("dataonly", "did you mean data-only?"),
            ("room admin", "did you mean moderator?"),
            ("hidden", "did you mean hidden-monitor?"),
        ] {
            assert_eq!(find(typed).unwrap_err().hint(), hint, "{typed}");
        }
        let unknown = find("zebra\x1b[2J").unwrap_err();
        assert_eq!(unknown.to_string(), "there is no preset \"zebra\\u{1b}[2J\"");
        assert!(unknown.hint().starts_with("choose one of participant, viewer, "));
    }

    #[test]
    fn a_broken_file_is_told_from_a_good_one() {
        for broken in [
            "",
            "{}",
            r#"[{"name": "a"}]"#,
            r#"[{"name": "a", "title": "A", "summary": "s", "draft": {"video": {"roomJoin": 1}}}]"#,
        ] {
            assert!(read(broken).is_err(), "{broken}");
        }
    }
}
