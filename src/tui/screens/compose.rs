//! Compose: a draft as a form, and beside it what it comes to.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::claims::Grants;
use crate::claims::catalog::{self, ENTRIES, Entry, Field, Group};
use crate::claims::draft::{Draft, Preview};
use crate::claims::effect;
use crate::claims::grants::VideoGrant;
use crate::claims::presets::{self, Preset};
use crate::claims::problems::{self, Problem, Severity};
use crate::clock::{Timestamp, Zone};
use crate::project::ApiKey;
use crate::token::Token;
use crate::token::inspect::json::Json;
use crate::tui::layout::step_around;
use crate::tui::widgets::json::Lines;
use crate::tui::widgets::text_field::TextField;

mod filling;
pub mod view;

pub use filling::Filling;

/// A row of the form.
#[derive(Clone, Copy)]
pub enum Row {
    /// Which preset the draft began as.
    Preset,
    /// A claim or grant.
    Entry(&'static Entry),
    /// The heading of a group.
    Group(Group),
}

impl Row {
    /// The catalogue's row, if it is one.
    #[must_use]
    pub fn entry(self) -> Option<&'static Entry> {
        match self {
            Self::Entry(entry) => Some(entry),
            _ => None,
        }
    }
}

/// The parts of the screen, in the order of Tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pane {
    /// The form.
    Form,
    /// What the token allows.
    Can,
    /// What would be signed.
    Claims,
    /// What is wrong with it.
    Problems,
    /// The token.
    Signed,
}

impl Pane {
    /// All of them, in the order of Tab.
    pub const ALL: [Self; 5] = [Self::Form, Self::Can, Self::Claims, Self::Problems, Self::Signed];

    /// The next one, or the one before.
    #[must_use]
    pub fn step(self, forward: bool) -> Self {
        step_around(&Self::ALL, self, forward)
    }
}

/// A row whose text is being edited.
#[derive(Clone, Debug, PartialEq)]
pub struct Editing {
    /// The row's path.
    pub path: &'static str,
    /// The text.
    pub field: TextField,
    /// What is wrong with the text, and how to write it.
    pub wrong: Option<(String, String)>,
    /// The draft as it was before, for Esc.
    before: Arc<Draft>,
}

/// A token that was signed, and from what.
#[derive(Clone, Debug, PartialEq)]
pub struct Signed {
    /// The token.
    pub token: Token,
    /// The draft it was made of: another one now means that the token is out of date.
    pub draft: Arc<Draft>,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What the draft comes to, computed once after each change so that drawing is only drawing, and a second going by
/// costs the same however much is in the draft.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Claims and problems.
    pub preview: Preview,
    /// What the token allows.
    pub can: Vec<effect::Line>,
    /// The claims as lines.
    pub claims: Lines,
    /// The draft, key and second that this is of.
    of: (Arc<Draft>, ApiKey, Timestamp),
}

impl Shown {
    /// What this draft comes to.
    #[must_use]
    pub fn of(draft: &Arc<Draft>, issuer: &ApiKey, now: Timestamp, zone: &Zone) -> Self {
        let preview = draft.preview(issuer, now);
        let can = effect::lines(&preview.claims, now, zone);
        let claims = Lines::of(Json::of(&preview.claims));
        Self { preview, can, claims, of: (draft.clone(), issuer.clone(), now) }
    }

    /// Whether it is of this draft and key. While it holds on to a draft, a changed one is another.
    fn is_of(&self, draft: &Arc<Draft>, issuer: &ApiKey) -> bool {
        Arc::ptr_eq(&self.of.0, draft) && self.of.1 == *issuer
    }

    /// Brings it to another second: only the signer's times change, and what goes by them.
    fn pass(&mut self, now: Timestamp, zone: &Zone) {
        if self.of.2 == now {
            return;
        }
        self.of.2 = now;
        let ttl = self.of.0.ttl;
        let claims = &mut self.preview.claims;
        let end = ttl.expiry(now);
        claims.issued_at = Some(now);
        claims.not_before = Some(now);
        claims.expires_at = Some(end);
        for (claim, at) in [("iat", now), ("nbf", now), ("exp", end)] {
            self.claims.set_time(claim, at);
        }
        effect::pass(&mut self.can, claims, now, zone);
        problems::pass(&mut self.preview.problems, claims, Some(ttl), now);
    }

    /// The worst severity among the problems.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.preview.problems.iter().map(|problem| problem.rule.severity).min()
    }
}

/// The composer.
#[derive(Clone, Debug, PartialEq)]
pub struct Compose {
    /// What is asked for. Shared with all that was made of it: to change it is to make another
    /// ([`Arc::make_mut`]), and what was made of the old one is known by that to be out of date.
    pub draft: Arc<Draft>,
    /// The preset it began as.
    pub origin: Origin,
    /// The draft with its placeholders filled in: what would be signed. The draft itself where it has none.
    pub filled: Arc<Draft>,
    /// What placeholders are filled with.
    pub filling: Filling,
    /// Whether it was, and the two drafts that were compared.
    changed_from_preset: (Arc<Draft>, Arc<Draft>, bool),
    /// The row under the cursor, among [`Compose::rows`].
    pub cursor: usize,
    /// The groups that are open.
    pub open: BTreeSet<Group>,
    /// The filter being typed.
    pub filter: Option<TextField>,
    /// The row being edited.
    pub editing: Option<Editing>,
    /// The pane with the focus.
    pub pane: Pane,
    /// The pane beside the form where there is room for one only.
    pub beside: Pane,
    /// The first line shown of the panes that scroll, by their place in [`Pane::ALL`].
    pub scroll: [usize; 5],
    /// The problem under the cursor.
    pub problem: usize,
    /// The token signed last.
    pub signed: Option<Signed>,
    /// Whether the token is shown whole.
    pub revealed: bool,
    /// The path of the claim that was changed last.
    pub changed: Option<&'static str>,
    /// What the draft comes to.
    pub shown: Shown,
    undo: Vec<Step>,
    redo: Vec<Step>,
}

/// What a draft began as.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// The preset's title, or `a token`.
    pub title: Arc<str>,
    /// What it said, to tell whether it was changed.
    draft: Arc<Draft>,
}

impl Origin {
    fn of(preset: &Preset) -> Self {
        Self { title: preset.title.as_str().into(), draft: Arc::new(preset.draft.clone()) }
    }
}

/// A draft that one can go back to, and what it began as.
type Step = (Arc<Draft>, Origin);

/// How many changes can be taken back.
const HISTORY: usize = 200;

impl Compose {
    /// A new composer: the Participant preset, so that identity and room are all that is missing.
    #[must_use]
    pub fn new(issuer: &ApiKey, now: Timestamp, zone: &Zone) -> Self {
        let preset = &presets::built_in()[0];
        let draft = Arc::new(preset.draft.clone());
        let shown = Shown::of(&draft, issuer, now, zone);
        Self {
            changed_from_preset: (draft.clone(), draft.clone(), false),
            origin: Origin { title: preset.title.as_str().into(), draft: draft.clone() },
            filled: draft.clone(),
            filling: Filling::default(),
            draft,
            // The first row to be filled in, below the preset.
            cursor: 1,
            open: BTreeSet::from([Group::InTheRoom]),
            filter: None,
            editing: None,
            pane: Pane::Form,
            beside: Pane::Can,
            scroll: [0; 5],
            problem: 0,
            signed: None,
            revealed: false,
            changed: None,
            shown,
            undo: Vec::new(),
            redo: Vec::new(),
        }
    }

    /// Computes anew what the draft comes to, as far as it comes to something else.
    pub fn refresh(&mut self, issuer: &ApiKey, now: Timestamp, zone: &Zone) {
        self.fill(now, zone);
        if self.shown.is_of(&self.filled, issuer) {
            self.shown.pass(now, zone);
        } else {
            self.shown = Shown::of(&self.filled, issuer, now, zone);
        }
        let (draft, preset, _) = &self.changed_from_preset;
        if !Arc::ptr_eq(draft, &self.draft) || !Arc::ptr_eq(preset, &self.origin.draft) {
            let changed = differs(&self.draft, &self.origin.draft);
            self.changed_from_preset = (self.draft.clone(), self.origin.draft.clone(), changed);
        }
        self.problem = self.problem.min(self.shown.preview.problems.len().saturating_sub(1));
    }

    /// The rows of the form: those of open groups, or with a filter those that match it.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        if let Some(filter) = &self.filter
            && !filter.text().trim().is_empty()
        {
            let wanted = filter.text().trim().to_lowercase();
            let mut hits: Vec<&'static Entry> = ENTRIES.iter().filter(|e| finds(e, &wanted)).collect();
            // A label that begins with what was typed is what was meant.
            hits.sort_by_key(|e| !e.label.to_lowercase().starts_with(&wanted));
            return hits.into_iter().map(Row::Entry).collect();
        }
        let mut rows = vec![Row::Preset];
        rows.extend(Group::Token.entries().map(Row::Entry));
        for group in Group::ALL.into_iter().filter(|group| *group != Group::Token) {
            rows.push(Row::Group(group));
            if self.open.contains(&group) {
                rows.extend(group.entries().map(Row::Entry));
            }
        }
        rows
    }

    /// The row under the cursor.
    #[must_use]
    pub fn row(&self) -> Option<Row> {
        self.rows().get(self.cursor).copied()
    }

    /// Whether the draft is no longer what the preset said, apart from identity, room and name.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        let (draft, preset, changed) = &self.changed_from_preset;
        if Arc::ptr_eq(draft, &self.draft) && Arc::ptr_eq(preset, &self.origin.draft) {
            return *changed;
        }
        differs(&self.draft, &self.origin.draft)
    }

    /// Whether there is a token and it says what the form says.
    #[must_use]
    pub fn is_signed_as_shown(&self) -> bool {
        self.signed.as_ref().is_some_and(|signed| signed.draft == self.filled)
    }

    /// Puts the cursor on the row of `path`, opening its group. Returns whether there is one.
    pub fn go_to(&mut self, path: &str) -> bool {
        let Some(entry) = catalog::entry(path) else { return false };
        self.filter = None;
        self.open.insert(entry.group);
        self.pane = Pane::Form;
        let found = self.rows().iter().position(|row| row.entry().is_some_and(|e| e.path == path));
        self.cursor = found.unwrap_or(self.cursor);
        found.is_some()
    }

    /// Changes the draft so that the change can be taken back; nothing happens if it stays the same.
    pub fn change(&mut self, path: Option<&'static str>, change: impl FnOnce(&mut Draft)) {
        let before = self.draft.clone();
        change(Arc::make_mut(&mut self.draft));
        self.remember(before, path);
    }

    fn remember(&mut self, before: Arc<Draft>, path: Option<&'static str>) {
        if before == self.draft {
            self.draft = before;
            return;
        }
        self.undo.push((before, self.origin.clone()));
        if self.undo.len() > HISTORY {
            self.undo.remove(0);
        }
        self.redo.clear();
        self.changed = path;
    }

    /// Takes the last change back. Returns whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(before) = self.undo.pop() else { return false };
        let after = self.put(before);
        self.redo.push(after);
        self.changed = None;
        true
    }

    /// Makes the change taken back last again. Returns whether there was one.
    pub fn redo(&mut self) -> bool {
        let Some(after) = self.redo.pop() else { return false };
        let before = self.put(after);
        self.undo.push(before);
        self.changed = None;
        true
    }

    /// Puts a draft in the place of this one, which is given back.
    fn put(&mut self, (draft, origin): Step) -> Step {
        (std::mem::replace(&mut self.draft, draft), std::mem::replace(&mut self.origin, origin))
    }

    /// Starts from a preset. Identity, name and room stay where it says nothing of them: they are what one has typed
    /// already.
    pub fn start_from(&mut self, preset: &Preset) {
        let started = self.started_from(preset);
        self.change(None, |draft| *draft = started);
        self.origin = Origin::of(preset);
    }

    /// What the draft would be, started from a preset.
    #[must_use]
    pub fn started_from(&self, preset: &Preset) -> Draft {
        let mut draft = preset.draft.clone();
        let kept = &self.draft;
        for (at, kept) in [
            (&mut draft.identity, &kept.identity),
            (&mut draft.grants.name, &kept.grants.name),
            (&mut draft.grants.video.room, &kept.grants.video.room),
        ] {
            if at.is_empty() {
                at.clone_from(kept);
            }
        }
        draft
    }

    /// Takes a preset as it is, to change it. Can be taken back.
    pub fn edit_preset(&mut self, preset: &Preset) {
        self.change(None, |draft| *draft = preset.draft.clone());
        self.origin = Origin::of(preset);
    }

    /// The draft was saved as this preset, or what it began as has another name now.
    pub fn is_now(&mut self, preset: &Preset) {
        self.origin = Origin::of(preset);
    }

    /// Starts from what a token says. Can be taken back.
    pub fn start_from_token(&mut self, draft: Draft) {
        let before = std::mem::replace(&mut self.draft, Arc::new(draft));
        self.remember(before, None);
        self.origin = Origin { title: "a token".into(), draft: self.draft.clone() };
    }

    /// Starts anew, from the Participant preset. Can be taken back.
    pub fn start_anew(&mut self) {
        let preset = &presets::built_in()[0];
        self.edit_preset(preset);
        self.signed = None;
        self.revealed = false;
    }

    /// Begins to edit a row's text, with `first` typed into it if the row was empty.
    pub fn edit(&mut self, entry: &'static Entry) {
        let text = match entry.field {
            Field::Lasting(_) => self.draft.ttl.to_string(),
            _ => self.draft.typed(entry),
        };
        let field = TextField::new(super::super::widgets::text_field::Kind::Line, &text);
        self.editing = Some(Editing { path: entry.path, field, wrong: None, before: self.draft.clone() });
    }

    /// Carries the text being edited into the draft, if the row takes it; else remembers why not.
    pub fn follow_text(&mut self, now: Timestamp, zone: &Zone) {
        let Some(editing) = &mut self.editing else { return };
        let Some(entry) = catalog::entry(editing.path) else { return };
        let text = editing.field.text();
        self.draft = editing.before.clone();
        let result = if text.is_empty() {
            entry.unset(Arc::make_mut(&mut self.draft));
            Ok(())
        } else {
            // In a text field `unset` is a text like any other.
            match entry.field {
                Field::Text(at) => {
                    text.clone_into((at.get_mut)(Arc::make_mut(&mut self.draft)));
                    Ok(())
                }
                _ => Arc::make_mut(&mut self.draft).set_entry(entry, text, now, zone),
            }
        };
        editing.wrong = result.err().map(|wrong| (wrong.to_string(), wrong.hint()));
    }

    /// Leaves the field with what is typed in it. Stays, and returns false, if the row does not take it.
    pub fn accept(&mut self) -> bool {
        match self.editing.take() {
            Some(editing) if editing.wrong.is_some() => {
                self.editing = Some(editing);
                false
            }
            Some(editing) => {
                let path = editing.path;
                self.remember(editing.before, Some(path));
                true
            }
            None => true,
        }
    }

    /// Leaves the field with the draft as it was; what was typed can be brought back with redo.
    pub fn abandon(&mut self) {
        if let Some(editing) = self.editing.take() {
            let typed = std::mem::replace(&mut self.draft, editing.before);
            if typed != self.draft {
                self.redo.push((typed, self.origin.clone()));
            }
        }
    }

    /// The problem that keeps the draft from being signed, if one does; of several the one whose row stands first
    /// in the form.
    #[must_use]
    pub fn blocking(&self) -> Option<&Problem> {
        let place = |problem: &&Problem| {
            let row = problem.path.and_then(|path| ENTRIES.iter().position(|entry| entry.path == path));
            row.unwrap_or(ENTRIES.len())
        };
        let errors = self.shown.preview.problems.iter().filter(|p| p.rule.severity == Severity::Error);
        errors.min_by_key(place)
    }
}

/// Whether two drafts differ in more than identity, room and name.
fn differs(a: &Draft, b: &Draft) -> bool {
    // Taken apart so that a new field is not forgotten.
    let Draft { identity: _, ttl, grants } = a;
    let Grants {
        name: _,
        kind,
        kind_details,
        metadata,
        attributes,
        video,
        sip,
        agent,
        agent_endpoint,
        agent_thread,
        agent_database,
        inference,
        observability,
        room_config,
        room_preset,
        sha256,
        unknown,
    } = grants;
    let other = &b.grants;
    let same = *ttl == b.ttl
        && VideoGrant { room: other.video.room.clone(), ..video.clone() } == other.video
        && (kind, kind_details, sip, agent) == (&other.kind, &other.kind_details, &other.sip, &other.agent)
        && (agent_endpoint, agent_thread) == (&other.agent_endpoint, &other.agent_thread)
        && *agent_database == other.agent_database
        && (inference, observability) == (&other.inference, &other.observability)
        && (room_preset, sha256) == (&other.room_preset, &other.sha256)
        && (metadata, attributes) == (&other.metadata, &other.attributes)
        && (room_config, unknown) == (&other.room_config, &other.unknown);
    !same
}

/// Whether a row is meant by these lower-case words: its label, path or what it does.
fn finds(entry: &Entry, wanted: &str) -> bool {
    entry.label.to_lowercase().contains(wanted)
        || entry.path.to_lowercase().contains(wanted)
        || (wanted.len() > 3 && entry.summary.to_lowercase().contains(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::widgets::text_field::Edit;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    fn composer() -> Compose {
        Compose::new(&ApiKey::dev(), NOW, &Zone::utc())
    }

    fn filtered(text: &str) -> Vec<&'static str> {
        let mut compose = composer();
        compose.filter = Some(TextField::new(crate::tui::widgets::text_field::Kind::Line, text));
        compose.rows().iter().filter_map(|row| row.entry()).map(|e| e.path).collect()
    }

    fn type_in(compose: &mut Compose, text: &str) {
        for c in text.chars() {
            compose.editing.as_mut().unwrap().field.edit(Edit::Insert(c));
            compose.follow_text(NOW, &Zone::utc());
        }
    }

    #[test]
    fn the_filter_puts_what_was_meant_first() {
        assert_eq!(filtered("identity")[0], "sub");
        assert_eq!(filtered("room")[0], "video.room");
        assert_eq!(filtered("canPublishD"), ["video.canPublishData"]);
        assert_eq!(filtered("zebra"), Vec::<&str>::new());
    }

    #[test]
    fn a_keystroke_reaches_the_draft_and_escape_takes_it_back() {
        let mut compose = composer();
        compose.edit(catalog::entry("sub").unwrap());
        type_in(&mut compose, "al");
        assert_eq!(compose.draft.identity, "al");
        compose.abandon();
        assert_eq!(compose.draft.identity, "");
        assert!(compose.redo());
        assert_eq!(compose.draft.identity, "al");
    }

    #[test]
    fn a_text_the_row_does_not_take_is_kept_in_the_field_and_out_of_the_draft() {
        let mut compose = composer();
        compose.edit(catalog::entry("exp").unwrap());
        compose.editing.as_mut().unwrap().field.edit(Edit::DeleteToStart);
        type_in(&mut compose, "soon");
        assert!(!compose.accept());
        assert_eq!(compose.editing.as_ref().unwrap().field.text(), "soon");
        assert!(compose.editing.as_ref().unwrap().wrong.is_some());
    }

    #[test]
    fn every_change_can_be_taken_back_and_made_again() {
        let mut compose = composer();
        let start = compose.draft.clone();
        compose.change(Some("video.hidden"), |draft| draft.grants.video.hidden = true);
        compose.start_from(&presets::built_in()[1]);
        let end = compose.draft.clone();
        assert!(compose.undo() && compose.undo() && !compose.undo());
        assert_eq!(compose.draft, start);
        assert!(compose.redo() && compose.redo() && !compose.redo());
        assert_eq!(compose.draft, end);
    }

    #[test]
    fn taking_a_preset_back_brings_back_what_the_draft_was_called() {
        let mut compose = composer();
        compose.start_from(&presets::built_in()[1]);
        assert_eq!(&*compose.origin.title, "Viewer");
        assert!(compose.undo());
        assert_eq!((&*compose.origin.title, compose.is_changed()), ("Participant", false));
        assert!(compose.redo());
        assert_eq!((&*compose.origin.title, compose.is_changed()), ("Viewer", false));
    }

    #[test]
    fn a_preset_that_names_room_or_identity_puts_them_in_the_place_of_what_was_typed() {
        let mut compose = composer();
        compose.change(None, |draft| {
            draft.identity = "alice".into();
            draft.grants.name = "Alice".into();
        });
        let draft = Draft { identity: "guest-{rand4}".into(), ..Draft::default() };
        let preset = Preset::own("guest", "", draft).unwrap();
        compose.start_from(&preset);
        assert_eq!(
            (compose.draft.identity.as_str(), compose.draft.grants.name.as_str()),
            ("guest-{rand4}", "Alice")
        );
        assert!(!compose.is_changed());
        compose.edit_preset(&preset);
        assert_eq!(compose.draft.grants.name, "");
        assert!(compose.undo() && compose.undo());
        assert_eq!(compose.draft.identity, "alice");
    }

    #[test]
    fn a_second_later_what_is_shown_is_what_the_draft_comes_to_then() {
        let mut drafts: Vec<Draft> = presets::built_in().iter().map(|preset| preset.draft.clone()).collect();
        let json = r#"{"identity":"a","ttl":"until 2026-11-25","roomPreset":"p","iat":{"x":1},"aud":1,"video":{"roomJoin":true}}"#;
        drafts.push(Draft::from_json(json, NOW, &Zone::utc()).unwrap());
        for draft in drafts.into_iter().map(Arc::new) {
            let mut shown = Shown::of(&draft, &ApiKey::dev(), NOW, &Zone::utc());
            for later in [1, 3_599, 3_600, 90_000] {
                let now = NOW.plus(later);
                shown.pass(now, &Zone::utc());
                assert_eq!(shown, Shown::of(&draft, &ApiKey::dev(), now, &Zone::utc()));
            }
        }
    }

    #[test]
    fn a_draft_that_stays_the_same_is_not_looked_at_again() {
        let mut compose = composer();
        let of = Arc::as_ptr(&compose.shown.of.0);
        compose.change(Some("video.hidden"), |draft| draft.grants.video.hidden = false);
        compose.refresh(&ApiKey::dev(), NOW, &Zone::utc());
        assert_eq!(Arc::as_ptr(&compose.shown.of.0), of);
        compose.change(Some("video.hidden"), |draft| draft.grants.video.hidden = true);
        compose.refresh(&ApiKey::dev(), NOW, &Zone::utc());
        assert!(compose.shown.preview.claims.grants.video.hidden);
    }

    #[test]
    fn a_preset_keeps_what_one_has_typed() {
        let mut compose = composer();
        compose.change(None, |draft| {
            draft.identity = "alice".into();
            draft.grants.video.room = "demo".into();
        });
        assert!(!compose.is_changed());
        compose.start_from(&presets::built_in()[1]);
        assert_eq!(
            (compose.draft.identity.as_str(), compose.draft.grants.video.room.as_str()),
            ("alice", "demo")
        );
        compose.change(None, |draft| draft.grants.video.hidden = true);
        assert!(compose.is_changed());
    }
}
