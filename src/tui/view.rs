//! Drawing: the model goes in, cells come out, nothing changes.
//!
//! ```text
//!  roomkey   1 Compose   2 Inspect   …         acme-staging · keyring   14:42:07     header
//! ╭──────────────────────────────────────────────────────────────────────────────╮
//! │ the screen, with overlays in its middle                                       │   body
//! ╰──────────────────────────────────────────────────────────────────────────────╯
//!  Enter edit   Space cycle   y sign & copy   ? help                                  hints, or a toast
//! ```

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::clock::length;
use crate::project::ProjectName;
use crate::store::Backend;
use crate::text::visible;
use crate::tui::painter::Frame;
use crate::tui::widgets::lines::draw_line;
use crate::tui::widgets::pane::PaneFrame;

use super::keymap;
use super::layout::{self, Areas, Room};
use super::message::Which;
use super::model::{Model, Screen, StoreState, Tone, Waiting};
use super::overlay;
use super::screens::{compose, inspect, ledger, projects, serve};
use super::theme::Theme;

/// Draws everything.
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    if Room::of(area) == Room::None {
        let text = format!("roomkey needs 40 x 12; this is {} x {}: enlarge", area.width, area.height);
        frame.render_widget(Paragraph::new(text).wrap(ratatui::widgets::Wrap { trim: true }), area);
        return;
    }
    let Areas { header, body, hints } = layout::areas(area);
    draw_line(frame, &tabs(model, header), header);
    // What is covered whole is not drawn.
    let covered =
        model.overlays.iter().rposition(|o| matches!(o, overlay::Overlay::Diff | overlay::Overlay::Table(_)));
    match model.screen {
        _ if covered.is_some() => {}
        Screen::Welcome => projects::view::welcome(model, frame, body),
        Screen::Compose => compose::view::draw(model, frame, body),
        Screen::Inspect => inspect::view::draw(model, frame, body),
        Screen::Ledger => ledger::view::draw(model, frame, body),
        Screen::Projects => projects::view::draw(model, frame, body),
        Screen::Serve => serve::view::draw(model, frame, body),
    }
    for overlay in &model.overlays[covered.unwrap_or(0)..] {
        // The screen behind stays visible and dim.
        frame.buffer_mut().set_style(body, Style::new().add_modifier(Modifier::DIM));
        overlay::view::draw(model, overlay, frame, body);
    }
    draw_line(frame, &bottom(model, hints), hints);
}

/// A pane's frame.
#[must_use]
pub fn framed(theme: Theme, focused: bool) -> PaneFrame<'static> {
    PaneFrame::new(theme.border(), theme.frame(focused))
}

/// The line cut to `width` columns, with a sign that it was. Of a long line only what fits is looked at.
#[must_use]
pub fn cut(mut line: Line<'static>, width: u16, theme: Theme) -> Line<'static> {
    let width = usize::from(width);
    // No character is wider than it is long.
    if line.spans.iter().map(|span| span.content.len()).sum::<usize>() <= width {
        return line;
    }
    let sign = theme.ellipsis();
    let room = width.saturating_sub(sign.width());
    let mut used = 0;
    // Where the sign would stand: the first that would leave no room for it.
    let mut place = None;
    for (i, span) in line.spans.iter().enumerate() {
        for (at, grapheme) in span.content.grapheme_indices(true) {
            used += grapheme.width();
            if used > room && place.is_none() {
                place = Some((i, at));
            }
            if used > width
                && let Some((i, at)) = place
            {
                line.spans.truncate(i + 1);
                if let Some(last) = line.spans.last_mut() {
                    last.content = last.content[..at].to_owned().into();
                }
                line.spans.push(Span::styled(sign, theme.dim()));
                return line;
            }
        }
    }
    line
}

/// Panes that share one place, as tabs in its frame; `shown` is the one that is seen.
#[must_use]
pub fn strip(
    words: impl Iterator<Item = String>,
    shown: Option<usize>,
    focused: bool,
    theme: Theme,
) -> Line<'static> {
    let between = if theme.ascii { " | " } else { " │ " };
    let mut line = Line::from(" ");
    for (i, word) in words.enumerate() {
        if i > 0 {
            line.push_span(Span::styled(between, theme.dim()));
        }
        let style = match (shown == Some(i), focused) {
            (true, true) => theme.strong().patch(theme.key()),
            (true, false) => theme.strong(),
            (false, _) => theme.dim(),
        };
        line.push_span(Span::styled(word, style));
    }
    line.push_span(Span::raw(" "));
    line
}

/// The text broken at words into lines of `width` columns, at most `height` of them; the last says if there is
/// more.
#[must_use]
pub fn paragraph(text: &str, width: u16, height: u16, theme: Theme) -> Vec<String> {
    let (width, height) = (usize::from(width.max(1)), usize::from(height));
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.len() > height {
        lines.truncate(height);
        if let Some(last) = lines.last_mut() {
            while last.width() + theme.ellipsis().width() > width && last.pop().is_some() {}
            last.push_str(theme.ellipsis());
        }
    }
    lines
}

/// The program's name before the tabs, where there is room for it.
fn name(width: u16) -> &'static str {
    // Without it, the project and where its secret is have room at 80 columns.
    if width < 84 { "" } else { " roomkey  " }
}

/// The screen whose tab is marked.
fn home(model: &Model) -> Screen {
    if model.screen == Screen::Welcome { Screen::Projects } else { model.screen }
}

/// Where there is little room, only the marked tab has its word; the others have their key.
fn tab_words(model: &Model) -> impl Iterator<Item = (Screen, String)> {
    let (narrow, home) = (model.size.width < 60, home(model));
    Screen::TABS.iter().enumerate().map(move |(i, (screen, word))| {
        let key = i + 1;
        // Whichever screen one is on, that something listens is seen.
        let mark =
            if *screen == Screen::Serve && model.serve.listens() { model.options.theme.on() } else { "" };
        let said = if narrow && *screen != home {
            format!(" {key}{mark} ")
        } else if mark.is_empty() {
            format!(" {key} {word} ")
        } else {
            format!(" {key} {word} {mark} ")
        };
        (*screen, said)
    })
}

/// The screen whose tab is at this column.
#[must_use]
pub fn tab_at(model: &Model, column: u16) -> Option<Screen> {
    let mut at = name(model.size.width).width();
    tab_words(model).find_map(|(screen, word)| {
        let from = at;
        at += word.width();
        (from..at).contains(&usize::from(column)).then_some(screen)
    })
}

fn tabs(model: &Model, area: Rect) -> Line<'static> {
    let theme = model.options.theme;
    let mut line = Line::from(Span::styled(name(area.width), theme.strong()));
    for (screen, word) in tab_words(model) {
        let style = if screen == home(model) { theme.strong().patch(theme.key()) } else { theme.dim() };
        line.push_span(Span::styled(word, style));
    }
    line.push_span(Span::raw(" "));
    let clock = format!("  {} ", model.zone.time_of_day(model.now));
    let mut right = Line::default();
    let name = visible(model.current.name.as_str()).into_owned();
    let insecure = model.current.name == ProjectName::local_dev();
    let policy = model.policy_of(&model.current.name);
    let colour = theme.of_project(policy);
    right.push_span(Span::styled(name, if insecure { theme.warning() } else { colour }));
    if let Some(badge) = policy.badge() {
        right.push_span(Span::styled(format!(" {badge}"), colour.add_modifier(Modifier::BOLD)));
    }
    let named = right.spans.len();
    let store = match (&model.store, insecure) {
        (_, true) => "insecure".to_owned(),
        (StoreState::Opening, _) => "opening…".to_owned(),
        (StoreState::Open(..), _) if model.options.demo => "demo".to_owned(),
        (StoreState::Open(backend, _), _) => backend.to_string(),
        (StoreState::Failed(_), _) => "no store".to_owned(),
    };
    right.push_span(Span::styled(format!(" {} {store}", theme.dot()), theme.dim()));
    // On a narrow terminal the clock goes first, then the store; the project stays.
    let room = usize::from(area.width).saturating_sub(line.width());
    if right.width() + clock.width() <= room {
        right.push_span(Span::styled(clock, theme.dim()));
    } else {
        if right.width() + 1 > room {
            right.spans.truncate(named);
        }
        right.push_span(Span::raw(" "));
    }
    let right = cut(right, u16::try_from(room).unwrap_or(u16::MAX), theme);
    let pad = room.saturating_sub(right.width());
    line.push_span(Span::raw(" ".repeat(pad)));
    line.spans.extend(right.spans);
    line
}

/// The toast if there is one, else what is waited for, else the keys.
fn bottom(model: &Model, area: Rect) -> Line<'static> {
    let theme = model.options.theme;
    let line = if let Some(toast) = &model.toast {
        let (sign, style) = match toast.tone {
            Tone::Good => (theme.yes(), theme.good()),
            Tone::Sent => (theme.sent(), theme.good()),
            Tone::Plain => (theme.dot(), Style::new()),
            Tone::Bad => (theme.no(), theme.bad()),
        };
        let mut line = Line::from(vec![
            Span::styled(format!(" {sign} "), style),
            Span::styled(visible(&toast.text).into_owned(), style),
        ]);
        // While our token is on the clipboard the toast counts down.
        let hint = match model.clipboard.and_then(|copy| copy.until) {
            Some(until) if toast.hint.starts_with("clears in") => {
                format!("clears in {}", length(until.since(model.now)))
            }
            _ => visible(&toast.hint).into_owned(),
        };
        if !hint.is_empty() {
            line.push_span(Span::styled(format!(" {} {hint}", theme.dot()), theme.dim()));
        }
        line
    } else if let Some(waiting) = waiting(model, area.width) {
        waiting
    } else {
        hints(model, area.width)
    };
    let mut line = cut(line, area.width, theme);
    if model.toast.is_none()
        && let Some(copy) = model.clipboard
        && let Some(until) = copy.until
    {
        let said = format!("on the clipboard, {} left ", length(until.since(model.now)));
        let room = usize::from(area.width).saturating_sub(line.width());
        if said.width() < room {
            line.push_span(Span::raw(" ".repeat(room - said.width())));
            line.push_span(Span::styled(said, theme.dim()));
        }
    }
    line
}

/// What is waited for, once it has taken longer than a moment.
fn waiting(model: &Model, width: u16) -> Option<Line<'static>> {
    let theme = model.options.theme;
    // A server is named at once: it is not on this machine, and Esc is wanted when it does not answer.
    let server = model.pending.iter().find(|pending| matches!(pending.what, Waiting::Answer(_)));
    let slow = || model.pending.iter().find(|pending| model.now.since(pending.since) >= 1);
    let pending = server.or_else(slow)?;
    let what = match &pending.what {
        Waiting::Answer(asking) => format!("asking {}", asking.host),
        Waiting::Store | Waiting::Token { .. } | Waiting::Many | Waiting::Prepare(_) => {
            format!("waiting for the {}", model.store_name())
        }
        Waiting::Look | Waiting::Plan => "reading what there is to import".into(),
        Waiting::Import => format!("saving in the {}", model.store_name()),
        Waiting::Empty => "taking the secrets out of lk's file".into(),
        Waiting::Preset(wish) => wish.said(),
        Waiting::Save(name) => format!("saving {name} in the {}", model.store_name()),
        Waiting::Change(_, name) => format!("changing {name} in the {}", model.store_name()),
        Waiting::Remove(name) => format!("removing {name} from the {}", model.store_name()),
        Waiting::Verify => format!("verifying with the {}", model.store_name()),
        Waiting::Copy
        | Waiting::CopyForm(_)
        | Waiting::CopyMany(_)
        | Waiting::CopyText(_)
        | Waiting::Clear
        | Waiting::Read
        | Waiting::ReadOther => "waiting for the clipboard".into(),
        Waiting::Purge => "purging the ledger".into(),
        Waiting::Serve { project, .. } | Waiting::Hear { project } => {
            format!("waiting for the {}: the secret of {}", model.store_name(), project.name)
        }
        Waiting::Stop(Which::Tokens) => "stopping the token endpoint".into(),
        Waiting::Stop(Which::Webhooks) => "stopping the receiver of webhooks".into(),
    };
    let seconds = model.now.since(pending.since);
    let spinner = if seconds % 2 == 0 { theme.on() } else { theme.off() };
    let since = Span::raw(format!(", {seconds} s "));
    // Only where it does: in a text and in an overlay Esc leaves that first, and a copy is not called off.
    let can_cancel = (model.waits_for_server() || model.waits_for_store()) && model.overlays.is_empty();
    let cancels = if can_cancel { format!("{} Esc cancels", theme.dot()) } else { String::new() };
    let cancels = Span::styled(cancels, theme.dim());
    // However long the name, how to be rid of it is said.
    let room = usize::from(width).saturating_sub(3 + since.width() + cancels.width());
    let what = cut(Line::from(what), u16::try_from(room).unwrap_or(u16::MAX), theme);
    let lead = Span::styled(format!(" {spinner} "), theme.key());
    Some(Line::from([vec![lead], what.spans, vec![since, cancels]].concat()))
}

fn hints(model: &Model, width: u16) -> Line<'static> {
    let theme = model.options.theme;
    let mut contexts = model.contexts();
    if !model.overlays.is_empty() {
        // What lies over the screen has few keys of its own; the rest is for the screen.
        let own = contexts[0];
        contexts.retain(|context| [own, keymap::Context::Signing].contains(context));
    }
    let shown = |binding: &keymap::Binding| {
        let key = binding.keys[0].said();
        (key.width() + binding.hint.width() + 1, key, binding.hint)
    };
    // The way to all the others is named last and always.
    let help = keymap::hints(&contexts).find(|binding| binding.action == keymap::Action::Help).map(shown);
    let reserved = help.as_ref().map_or(0, |(columns, ..)| columns + 3);
    let mut line = Line::from(" ");
    let push = |line: &mut Line<'static>, key: String, hint: &str| {
        if line.width() > 1 {
            line.push_span(Span::raw("   "));
        }
        line.push_span(Span::styled(key, theme.key()));
        line.push_span(Span::raw(format!(" {hint}")));
    };
    for binding in keymap::hints(&contexts).filter(|binding| binding.action != keymap::Action::Help) {
        let (columns, key, hint) = shown(binding);
        if line.width() + 3 + columns + reserved > usize::from(width) {
            break;
        }
        push(&mut line, key, hint);
    }
    if let Some((_, key, hint)) = help {
        push(&mut line, key, hint);
    }
    line
}

impl Model {
    /// What the store is called on the screen.
    #[must_use]
    pub fn store_name(&self) -> &'static str {
        match self.store {
            StoreState::Open(Backend::Vault, _) => "vault",
            StoreState::Open(Backend::Memory, _) => "memory of this run",
            StoreState::Open(Backend::Environment, _) => "environment",
            StoreState::Open(Backend::Keyring, _) => "keyring",
            StoreState::Opening | StoreState::Failed(_) => "store",
        }
    }
}
