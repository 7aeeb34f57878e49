//! Every key, once: what it does, where, and what the hint line and the help say of it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::widgets::text_field::Edit;

/// What a person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Leave the program.
    Quit,
    /// One step back: out of a field, an overlay, a filter. Never out of the program.
    Back,
    /// Stop the program until `fg`.
    Suspend,
    /// This screen's keys.
    Help,
    /// Every action by name.
    Palette,
    /// The composer.
    GoCompose,
    /// The inspector.
    GoInspect,
    /// What was issued.
    GoLedger,
    /// The projects.
    GoProjects,
    /// What listens.
    GoServe,
    /// Another project.
    PickProject,
    /// The terminal's mouse, or ours.
    ToggleMouse,
    /// Empty the clipboard of what we put there.
    ClearClipboard,
    /// A row up.
    Up,
    /// A row down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// The first row.
    First,
    /// The last row.
    Last,
    /// Open the group, or go right.
    Open,
    /// Close the group, or go left.
    Close,
    /// The next pane or field.
    Next,
    /// The pane or field before.
    Previous,
    /// Edit, open or take what is under the cursor.
    Enter,
    /// The next state of what is under the cursor.
    Cycle,
    /// Take back what is under the cursor.
    Unset,
    /// Find a row.
    Filter,
    /// Take back the last change.
    Undo,
    /// Make the change again.
    Redo,
    /// Sign and copy.
    SignAndCopy,
    /// Copy as a link, a command, a program, a QR code.
    CopyAs,
    /// Copy all of them.
    CopyAll,
    /// Make many tokens of the draft.
    Many,
    /// Sign in spite of errors.
    SignAnyway,
    /// Show or hide the token, or the secret being typed.
    Reveal,
    /// Choose a preset.
    Presets,
    /// Save the draft as a preset.
    SavePreset,
    /// Take the preset under the cursor as it is, to change it.
    EditPreset,
    /// Give it another name.
    RenamePreset,
    /// Take the row of this number.
    Nth(u8),
    /// Save identity, name and room with it, or leave them out.
    KeepNames,
    /// Start anew.
    NewDraft,
    /// A longer life.
    Longer,
    /// A shorter life.
    Shorter,
    /// Add a project or a row.
    Add,
    /// Import projects.
    Import,
    /// Keep what is stored.
    Keep,
    /// Put the new one in the place of what is stored.
    Replace,
    /// Save the new one under another name.
    Rename,
    /// Take the secrets out of the file they came from.
    EmptySource,
    /// Change the project.
    EditProject,
    /// Remove the project or the row.
    Remove,
    /// Make the project the default.
    MakeDefault,
    /// What may be signed for the project.
    EditPolicy,
    /// Another key for the project; the present one is kept for verifying.
    RotateKey,
    /// Forget the key that is kept for verifying.
    ForgetOldKey,
    /// Use the built-in project for `livekit-server --dev`.
    LocalDev,
    /// Keep projects in an encrypted file.
    UseVault,
    /// Keep projects for this run only.
    UseMemory,
    /// Say yes.
    Confirm,
    /// Accept a text of several lines, or save a form.
    Accept,
    /// A line break in a text of several lines.
    LineBreak,
    /// Take the token from the clipboard.
    ReadClipboard,
    /// Load the token's claims into the composer.
    EditAndSign,
    /// Verify against another project.
    PickVerifier,
    /// Copy the claims as JSON.
    CopyClaims,
    /// Forget the token.
    Forget,
    /// Copy the command that helps against a token.
    CopyCommand,
    /// Remove rows from the ledger.
    Purge,
    /// Write issued tokens down, or no more.
    SwitchLedger,
    /// Ask a server what it makes of it.
    AskServer,
    /// Hold the token against another one.
    DiffToken,
    /// Let the two change places.
    Swap,
    /// Show what is the same, or not any more.
    ShowAll,
    /// Start or stop the token endpoint.
    StartStop,
    /// Listen for webhooks, or no more.
    Webhooks,
    /// Choose where the endpoint listens and what it hands out.
    ServeSettings,
    /// Copy the line of code that a client asks with.
    CopyClient,
    /// Copy the command line that asks once.
    CopyCurl,
    /// An edit of the text under the caret.
    Text(Edit),
}

/// Where a key means something. The most particular one that knows the key wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// A one-line text is being edited.
    Text,
    /// The same where a token is at hand.
    Signing,
    /// A text of several lines is being edited.
    Lines,
    /// A form of several fields.
    Form,
    /// Typing filters a list.
    Picker,
    /// The list of presets.
    Presets,
    /// The same as long as nothing is typed: its rows have numbers.
    Numbers,
    /// A preset to be saved.
    PresetForm,
    /// Words to be switched on and off, in an overlay.
    Checklist,
    /// A list that can be changed, in an overlay.
    List,
    /// A question with yes and no.
    Confirm,
    /// Something to read, in an overlay.
    Reading,
    /// A store could not be opened.
    NoStore,
    /// Nothing is stored yet.
    Welcome,
    /// Nothing is stored yet, and there is no store to keep anything in.
    Stranded,
    /// The composer's form.
    Compose,
    /// One of the composer's other panes.
    Pane,
    /// The inspector.
    Inspect,
    /// The inspector while it explains an error.
    Explained,
    /// What was issued.
    Ledger,
    /// Two tokens held against each other.
    Diff,
    /// Asked for the second of two tokens.
    OtherToken,
    /// Many tokens, in a table.
    Table,
    /// Places with projects to import.
    Places,
    /// What an import would change.
    Plan,
    /// What was imported.
    Imported,
    /// The projects.
    Projects,
    /// What listens.
    Serve,
    /// Anywhere but in a text.
    Global,
    /// Really anywhere.
    Always,
}

/// One key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Press(pub KeyCode, pub KeyModifiers);

impl Press {
    fn matches(self, key: KeyEvent) -> bool {
        // Shift is part of the character typed; terminals differ in whether they report it too.
        let modifiers = match key.code {
            KeyCode::Char(_) | KeyCode::BackTab => key.modifiers - KeyModifiers::SHIFT,
            _ => key.modifiers,
        };
        self.0 == key.code && self.1 == modifiers
    }

    /// `Ctrl-P`, `Space`, `y`.
    #[must_use]
    pub fn said(self) -> String {
        let name = match self.0 {
            KeyCode::Char(' ') => "Space".into(),
            KeyCode::Char(c) if self.1.contains(KeyModifiers::CONTROL) => c.to_uppercase().to_string(),
            KeyCode::Char(c) => c.to_string(),
            KeyCode::BackTab => "Shift-Tab".into(),
            KeyCode::PageUp => "PgUp".into(),
            KeyCode::PageDown => "PgDn".into(),
            other => format!("{other:?}"),
        };
        let control = if self.1.contains(KeyModifiers::CONTROL) { "Ctrl-" } else { "" };
        let alt = if self.1.contains(KeyModifiers::ALT) { "Alt-" } else { "" };
        format!("{control}{alt}{name}")
    }
}

/// One row of the key table.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Where.
    pub context: Context,
    /// Which keys; the first is the one that is named.
    pub keys: &'static [Press],
    /// What they do.
    pub action: Action,
    /// What the hint line says; empty for keys it does not name.
    pub hint: &'static str,
    /// What the help and the palette say; empty for keys that everybody knows.
    pub help: &'static str,
}

const fn plain(code: KeyCode) -> Press {
    Press(code, KeyModifiers::NONE)
}
const fn c(c: char) -> Press {
    plain(KeyCode::Char(c))
}
const fn ctrl(c: char) -> Press {
    Press(KeyCode::Char(c), KeyModifiers::CONTROL)
}
const fn alt(code: KeyCode) -> Press {
    Press(code, KeyModifiers::ALT)
}
const fn ctrl_code(code: KeyCode) -> Press {
    Press(code, KeyModifiers::CONTROL)
}

macro_rules! bindings {
    ($($context:ident { $([$($key:expr),+] $action:expr, $hint:literal, $help:literal;)+ })+) => {
        &[$($(Binding {
            context: Context::$context, keys: &[$($key),+], action: $action, hint: $hint, help: $help,
        }),+),+]
    };
}

use Action as A;
use KeyCode as K;

/// Every key.
pub const BINDINGS: &[Binding] = bindings! {
    Text {
        [plain(K::Enter)] A::Enter, "accept", "";
        [plain(K::Esc)] A::Back, "leave", "";
        [plain(K::Left), ctrl('b')] A::Text(Edit::Left), "", "";
        [plain(K::Right), ctrl('f')] A::Text(Edit::Right), "", "";
        [ctrl_code(K::Left), alt(K::Left), alt(K::Char('b'))] A::Text(Edit::WordLeft), "", "";
        [ctrl_code(K::Right), alt(K::Right), alt(K::Char('f'))] A::Text(Edit::WordRight), "", "";
        [plain(K::Home), ctrl('a')] A::Text(Edit::Home), "", "";
        [plain(K::End), ctrl('e')] A::Text(Edit::End), "", "";
        [plain(K::Backspace), ctrl('h')] A::Text(Edit::Backspace), "", "";
        [plain(K::Delete), ctrl('d')] A::Text(Edit::Delete), "", "";
        [ctrl('w'), alt(K::Backspace)] A::Text(Edit::DeleteWord), "", "";
        [ctrl('u')] A::Text(Edit::DeleteToStart), "", "";
        [ctrl('k')] A::Text(Edit::DeleteToEnd), "", "";
        [plain(K::Tab), plain(K::Down)] A::Next, "", "";
        [plain(K::BackTab), plain(K::Up)] A::Previous, "", "";
    }
    Signing {
        [ctrl('y')] A::SignAndCopy, "sign & copy", "";
    }
    Lines {
        [plain(K::Enter)] A::Accept, "accept", "";
        [alt(K::Enter), ctrl('j')] A::LineBreak, "line break", "";
        [plain(K::Esc)] A::Back, "leave", "";
        [plain(K::Up)] A::Text(Edit::Up), "", "";
        [plain(K::Down)] A::Text(Edit::Down), "", "";
    }
    Form {
        [plain(K::Enter)] A::Enter, "next, at the end save", "";
        [ctrl('s')] A::Accept, "save", "";
        [plain(K::Tab), plain(K::Down)] A::Next, "next field", "";
        [plain(K::BackTab), plain(K::Up)] A::Previous, "", "";
        [ctrl('v'), ctrl('r')] A::Reveal, "", "";
        [plain(K::Esc)] A::Back, "leave", "";
    }
    Picker {
        [plain(K::Enter)] A::Enter, "take", "";
        [plain(K::Down), ctrl('n')] A::Down, "", "";
        [plain(K::Up), ctrl('p')] A::Up, "", "";
        [plain(K::PageDown)] A::PageDown, "", "";
        [plain(K::PageUp)] A::PageUp, "", "";
        [plain(K::Esc)] A::Back, "close", "";
    }
    Presets {
        [plain(K::Enter)] A::Enter, "or 1-9 take", "";
        [ctrl('e')] A::EditPreset, "edit", "";
        [ctrl('r')] A::RenamePreset, "rename", "";
        [ctrl('d'), plain(K::Delete)] A::Remove, "delete", "";
        [plain(K::Esc)] A::Back, "close", "";
    }
    Numbers {
        [c('1')] A::Nth(1), "", "";
        [c('2')] A::Nth(2), "", "";
        [c('3')] A::Nth(3), "", "";
        [c('4')] A::Nth(4), "", "";
        [c('5')] A::Nth(5), "", "";
        [c('6')] A::Nth(6), "", "";
        [c('7')] A::Nth(7), "", "";
        [c('8')] A::Nth(8), "", "";
        [c('9')] A::Nth(9), "", "";
    }
    PresetForm {
        [plain(K::Enter)] A::Enter, "next, at the end save", "";
        [ctrl('s')] A::Accept, "save", "";
        [ctrl('t')] A::KeepNames, "with or without names", "";
        [plain(K::Esc)] A::Back, "leave", "";
    }
    Checklist {
        [c(' '), plain(K::Enter)] A::Cycle, "on/off", "";
        [c('x'), plain(K::Delete)] A::Remove, "none", "";
        [plain(K::Down), c('j')] A::Down, "", "";
        [plain(K::Up), c('k')] A::Up, "", "";
        [plain(K::Esc)] A::Back, "done", "";
    }
    List {
        [plain(K::Enter), c('i'), c(' ')] A::Enter, "edit", "";
        [c('a')] A::Add, "add", "";
        [c('d'), plain(K::Delete)] A::Remove, "remove", "";
        [plain(K::Down), c('j')] A::Down, "", "";
        [plain(K::Up), c('k')] A::Up, "", "";
        [plain(K::Esc)] A::Back, "done", "";
    }
    Confirm {
        [c('y')] A::Confirm, "yes", "";
        [plain(K::Esc), c('n')] A::Back, "no", "";
    }
    Reading {
        [plain(K::Down), c('j')] A::Down, "", "";
        [plain(K::Up), c('k')] A::Up, "", "";
        [plain(K::PageDown), c(' ')] A::PageDown, "", "";
        [plain(K::PageUp)] A::PageUp, "", "";
        [c('g'), plain(K::Home)] A::First, "", "";
        [c('G'), plain(K::End)] A::Last, "", "";
        [plain(K::Enter)] A::Enter, "", "";
        [plain(K::Esc), c('?')] A::Back, "close", "";
    }
    NoStore {
        [c('v')] A::UseVault, "vault", "";
        [c('m')] A::UseMemory, "memory", "";
        [plain(K::Esc)] A::Back, "not now", "";
    }
    Welcome {
        [c('a')] A::Add, "add a project", "add a project";
        [c('I')] A::Import, "import", "import projects from lk, .env files, a livekit.yaml, a pasted block";
        [c('d')] A::LocalDev, "local dev", "use the built-in project for livekit-server --dev";
    }
    Stranded {
        [c('d')] A::LocalDev, "local dev", "use the built-in project for livekit-server --dev";
        [c('v')] A::UseVault, "vault", "keep projects in an encrypted file";
        [c('m')] A::UseMemory, "memory", "keep projects for this run only";
        [c('a')] A::Add, "", "add a project, once there is a place for it";
        [c('I')] A::Import, "", "import projects, once there is a place for them";
    }
    Compose {
        [plain(K::Enter), c('i')] A::Enter, "edit", "edit the row, open the group";
        [c(' ')] A::Cycle, "cycle", "next state: off/on, or unset/on/off";
        [c('x'), plain(K::Delete)] A::Unset, "unset", "take the row back to unset";
        [c('y')] A::SignAndCopy, "sign & copy", "sign the token and copy it";
        [c('Y')] A::CopyAs, "copy as", "copy it as a link, a command, code, a QR code";
        [c('o')] A::Presets, "preset", "start from a preset; edit, rename, delete your own";
        [c('s')] A::SavePreset, "save", "save the draft as a preset of your own";
        [c('c')] A::AskServer, "", "sign the draft and ask the server; nothing is copied";
        [c('/')] A::Filter, "find", "find a row by name; Enter stays on the first match";
        [c('u')] A::Undo, "undo", "take back the last change";
        [ctrl('r')] A::Redo, "", "make the change again";
        [c('[')] A::Shorter, "", "a shorter life";
        [c(']')] A::Longer, "", "a longer life";
        [c('n')] A::NewDraft, "", "a new draft";
        [c('N')] A::Many, "", "many participants: a token for each, in a table";
        [c('v')] A::Reveal, "", "show or hide the signed token";
        [c('!')] A::SignAnyway, "", "sign in spite of errors";
        [plain(K::Right), c('l')] A::Open, "", "open the group";
        [plain(K::Left), c('h')] A::Close, "", "close the group";
    }
    Pane {
        [c('y')] A::SignAndCopy, "sign & copy", "";
        [c('Y')] A::CopyAs, "", "";
        [plain(K::Enter)] A::Enter, "more", "in Problems: why, and what to do";
        [c('v')] A::Reveal, "reveal", "";
        [c('!')] A::SignAnyway, "", "";
        [c('o')] A::Presets, "", "";
        [c('s')] A::SavePreset, "", "";
        [c('c')] A::AskServer, "", "";
        [c('u')] A::Undo, "", "";
        [ctrl('r')] A::Redo, "", "";
        [c('[')] A::Shorter, "", "";
        [c(']')] A::Longer, "", "";
        [c('n')] A::NewDraft, "", "";
        [c('N')] A::Many, "", "";
        [c('/')] A::Filter, "", "";
    }
    Inspect {
        [c('r')] A::ReadClipboard, "read clipboard", "take the token from the clipboard";
        [c('c')] A::AskServer, "ask server", "ask the project's server about the token; nobody joins";
        [c('e')] A::EditAndSign, "edit & sign again", "load the claims into the composer, to change and sign them";
        [c('d')] A::DiffToken, "diff", "hold it against another token: what differs, and what of it matters";
        [c('p')] A::PickVerifier, "project", "verify against another project";
        [c('y')] A::CopyClaims, "copy claims", "copy the claims as JSON";
        [plain(K::Enter)] A::Enter, "", "in Problems: why, and what to do";
        [c('x'), plain(K::Delete)] A::Forget, "", "forget the token";
    }
    Explained {
        [plain(K::Esc)] A::Back, "back", "back to the token";
        [c('r')] A::ReadClipboard, "read clipboard", "take a token, or another error, from the clipboard";
        [c('x'), plain(K::Delete)] A::Forget, "", "forget the error, and the token behind it";
        [plain(K::Tab)] A::Next, "", "";
        [plain(K::BackTab)] A::Previous, "", "";
    }
    Ledger {
        [plain(K::Enter)] A::Enter, "open", "open its draft in the composer";
        [c('y')] A::SignAndCopy, "issue again", "sign the same once more, with new times, and copy it";
        [c('/')] A::Filter, "find", "find rows by project, room, identity, key; Enter stays on one";
        [c('Y')] A::CopyCommand, "copy lk command", "copy the lk command that helps against the token";
        [c('D')] A::Purge, "purge", "remove the rows of expired tokens; asks first";
        [c('O')] A::SwitchLedger, "", "write issued tokens down, or no more";
    }
    Diff {
        [plain(K::Enter)] A::Enter, "whole values", "show both values of the row whole";
        [c('s')] A::Swap, "swap", "swap the two tokens";
        [c('a')] A::ShowAll, "all", "show what is the same, too, or only what differs";
        [c('d')] A::DiffToken, "another token", "hold it against another token; pasting one does the same";
        [c('r')] A::ReadClipboard, "", "take the other token from the clipboard";
        [plain(K::Esc)] A::Back, "back", "";
        [c('?')] A::Help, "help", "";
    }
    Table {
        [c('y')] A::SignAndCopy, "copy", "copy the token under the cursor";
        [c('Y'), c('a')] A::CopyAll, "copy all", "copy all of them, as JSON lines, a table, variables";
        [c('/')] A::Filter, "find", "find some by number, identity, name";
        [c('v')] A::Reveal, "reveal", "show or hide the token under the cursor";
        [plain(K::Esc)] A::Back, "close", "close the table, and forget the tokens";
        [c('?')] A::Help, "help", "";
    }
    Places {
        [plain(K::Enter)] A::Enter, "what would change", "";
        [plain(K::Esc)] A::Back, "close", "";
    }
    Plan {
        [plain(K::Enter)] A::Enter, "import", "";
        [c(' ')] A::Cycle, "other choice", "";
        [c('s')] A::Keep, "skip", "";
        [c('r')] A::Replace, "replace", "";
        [c('n')] A::Rename, "rename", "";
        [plain(K::Esc)] A::Back, "close", "";
    }
    Imported {
        [c('b')] A::EmptySource, "", "";
        [plain(K::Enter)] A::Enter, "done", "";
        [plain(K::Esc)] A::Back, "close", "";
    }
    OtherToken {
        [c('r')] A::ReadClipboard, "read clipboard", "";
        [plain(K::Esc)] A::Back, "close", "";
    }
    Projects {
        [plain(K::Enter)] A::Enter, "use", "use the project";
        [c('a')] A::Add, "add", "add a project; pasting a .env block fills all fields";
        [c('I')] A::Import, "import", "import projects from lk, .env files, a livekit.yaml, a pasted block";
        [c('c')] A::AskServer, "check", "ask the server whether key and secret are right";
        [c('e')] A::EditProject, "edit", "change name, URL, key or secret";
        [c('d'), plain(K::Delete)] A::Remove, "remove", "remove the project; asks first";
        [c('*')] A::MakeDefault, "default", "make it the default project";
        [c('P')] A::EditPolicy, "policy", "mark it and say what may be signed: label, colour, longest life, grants";
        [c('K')] A::RotateKey, "new key", "sign with another key; this one is kept for verifying";
        [c('F')] A::ForgetOldKey, "", "forget the old key; asks first";
    }
    Serve {
        [c('s')] A::StartStop, "start/stop", "start or stop the token endpoint";
        [c('y')] A::CopyClient, "copy client line", "copy TokenSource.endpoint(...) for a web app";
        [c('Y')] A::CopyCurl, "copy curl", "copy the curl line that asks once";
        [c('w')] A::Webhooks, "webhooks", "listen for webhooks and verify them, or stop";
        [c('e')] A::ServeSettings, "settings", "ports, whose pages may ask, a policy file";
        [plain(K::Enter)] A::Enter, "details", "what came, why it was refused, and what to do";
        [c('/')] A::Filter, "find", "find rows by origin, identity, room, reason; Enter stays on one";
        [c('x'), plain(K::Delete)] A::Forget, "", "clear the table";
    }
    Global {
        [plain(K::Tab)] A::Next, "pane", "next pane";
        [plain(K::BackTab)] A::Previous, "", "pane before";
        [plain(K::Down), c('j')] A::Down, "", "";
        [plain(K::Up), c('k')] A::Up, "", "";
        [plain(K::PageDown), ctrl('d')] A::PageDown, "", "";
        [plain(K::PageUp), ctrl('u')] A::PageUp, "", "";
        [c('g'), plain(K::Home)] A::First, "", "";
        [c('G'), plain(K::End)] A::Last, "", "";
        [c('1')] A::GoCompose, "", "go to Compose";
        [c('2')] A::GoInspect, "", "go to Inspect; pasting a token does the same";
        [c('3')] A::GoLedger, "", "go to Ledger: what was issued";
        [c('4')] A::GoProjects, "", "go to Projects";
        [c('5')] A::GoServe, "", "go to Serve: the token endpoint and webhooks";
        [c('p')] A::PickProject, "project", "switch to another project";
        [c('C')] A::ClearClipboard, "", "clear the clipboard now, if our token is still on it";
        [c('m')] A::ToggleMouse, "", "mouse on or off; off, the terminal selects text";
        [ctrl('p'), c(':')] A::Palette, "", "every action by name";
        [c('?')] A::Help, "help", "";
        [plain(K::Esc)] A::Back, "", "";
        [c('q')] A::Quit, "quit", "quit";
    }
    Always {
        // Esc and Ctrl-C in one breath reach a program as Alt-Ctrl-C.
        [ctrl('c'), Press(K::Char('c'), KeyModifiers::CONTROL.union(KeyModifiers::ALT))]
            A::Quit, "", "quit, from anywhere";
        [ctrl('z')] A::Suspend, "", "stop until fg";
    }
};

/// What this key means here: `contexts` from the most particular to the most general.
#[must_use]
pub fn action(contexts: &[Context], key: KeyEvent) -> Option<Action> {
    for context in contexts {
        let known = BINDINGS.iter().filter(|b| b.context == *context);
        if let Some(binding) = known.into_iter().find(|b| b.keys.iter().any(|press| press.matches(key))) {
            return Some(binding.action);
        }
        if matches!(context, Context::Text | Context::Lines | Context::Picker)
            && let KeyCode::Char(typed) = key.code
            && (key.modifiers - KeyModifiers::SHIFT).is_empty()
        {
            return Some(Action::Text(Edit::Insert(typed)));
        }
    }
    None
}

/// The rows of some contexts that the hint line names, in the order of the table. What the most particular one says
/// of a key hides what others say of it.
pub fn hints(contexts: &[Context]) -> impl Iterator<Item = &'static Binding> {
    contexts
        .iter()
        .flat_map(|context| BINDINGS.iter().filter(move |b| b.context == *context))
        .filter(|b| !b.hint.is_empty())
        .filter(|b| {
            let first = contexts
                .iter()
                .position(|c| BINDINGS.iter().any(|o| o.context == *c && o.keys.contains(&b.keys[0])));
            first.is_some_and(|at| contexts[at] == b.context)
        })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
        KeyEvent::new(code, modifiers)
    }

    #[test]
    fn no_key_means_two_things_in_one_place() {
        let mut seen = HashSet::new();
        for binding in BINDINGS {
            for Press(code, modifiers) in binding.keys {
                assert!(
                    seen.insert((binding.context, *code, *modifiers)),
                    "{code:?} twice in {:?}",
                    binding.context
                );
            }
        }
    }

    #[test]
    fn in_a_text_every_letter_is_a_letter() {
        let contexts = [Context::Text, Context::Always];
        for letter in ['q', 'y', '?', '1', 'G', ' '] {
            let key = press(KeyCode::Char(letter), KeyModifiers::NONE);
            assert_eq!(action(&contexts, key), Some(Action::Text(Edit::Insert(letter))));
        }
        let quit = press(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(action(&contexts, quit), Some(Action::Quit));
    }

    #[test]
    fn shift_is_part_of_the_character() {
        let contexts = [Context::Compose, Context::Global];
        for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
            assert_eq!(action(&contexts, press(KeyCode::Char('G'), modifiers)), Some(Action::Last));
            assert_eq!(action(&contexts, press(KeyCode::BackTab, modifiers)), Some(Action::Previous));
        }
    }

    #[test]
    fn escape_means_back_everywhere_and_never_quit() {
        for context in BINDINGS.iter().map(|b| b.context) {
            let key = press(KeyCode::Esc, KeyModifiers::NONE);
            let found = action(&[context], key);
            assert!(found.is_none_or(|a| a == Action::Back), "{context:?}: {found:?}");
        }
    }
}
