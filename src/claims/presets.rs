//! Named drafts: the built-in ones, from `assets/presets.json`.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::draft::Draft;
use crate::clock::{Timestamp, Zone};
use crate::text::{did_you_mean, visible};

/// A named draft.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// `participant`: what `--preset` takes.
    pub name: String,
    /// `Participant`: what the form shows.
    pub title: String,
    /// What it is for, in a few words.
    pub summary: String,
    /// The draft, without identity and room.
    pub draft: Draft,
}

/// The built-in presets, Participant first.
#[must_use]
pub fn built_in() -> &'static [Preset] {
    /// The file is part of the program, and a test fails if it cannot be read.
    static PRESETS: LazyLock<Vec<Preset>> = LazyLock::new(|| read(BUILT_IN).unwrap_or_default());
    &PRESETS
}

/// The preset of this name or title, in any case.
///
/// # Errors
/// [`PresetError`], with the one that was probably meant.
pub fn find(name: &str) -> Result<&'static Preset, PresetError> {
    let wanted = name.trim().to_lowercase();
    let called = |preset: &&Preset| preset.name == wanted || preset.title.to_lowercase() == wanted;
    built_in().iter().find(called).ok_or_else(|| {
        let near = |of: fn(&Preset) -> &str| did_you_mean(&wanted, built_in().iter().map(of));
        let meant = near(|preset| &preset.name).or_else(|| {
            let title = near(|preset| &preset.title)?;
            built_in().iter().find(|preset| preset.title == title).map(|preset| preset.name.as_str())
        });
        PresetError { name: name.chars().take(60).collect(), meant: meant.map(str::to_owned) }
    })
}

/// No preset has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no preset \"{}\"", visible(name))]
pub struct PresetError {
    /// The name as given, cut short.
    pub name: String,
    /// The one that was probably meant.
    pub meant: Option<String>,
}

impl PresetError {
    /// What to give instead.
    #[must_use]
    pub fn hint(&self) -> String {
        if let Some(meant) = &self.meant {
            return format!("did you mean {meant}?");
        }
        let names: Vec<&str> = built_in().iter().map(|preset| preset.name.as_str()).collect();
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
