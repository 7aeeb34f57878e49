//! Drawing the projects, and the welcome that stands in their place while nothing is stored.

use ratatui::layout::{Constraint, Layout, Margin, Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Paragraph, Wrap};
use unicode_width::UnicodeWidthStr;

use crate::clock::length;
use crate::import::Source;
use crate::project::{Listing, ProjectName};
use crate::store::Backend;
use crate::text::visible;
use crate::tui::layout::{Room, centred, first_row};
use crate::tui::message::import::Offer;
use crate::tui::model::{Model, StoreState};
use crate::tui::painter::Frame;
use crate::tui::view::{cut, framed};
use crate::tui::widgets::answer;
use crate::tui::widgets::lines::{draw_bar, draw_line};

/// The list, and beside or below it the details.
fn split(model: &Model, body: Rect) -> (Rect, Rect) {
    let room = Room::of(Rect::new(0, 0, model.size.width, model.size.height));
    if room == Room::Wide {
        let [list, detail] = Layout::horizontal([Constraint::Percentage(60), Constraint::Min(0)]).areas(body);
        (list, detail)
    } else if body.height < 14 {
        (body, Rect::ZERO)
    } else {
        let extra = model.projects.selected().map_or(0, |listing| guarded(model, &listing, u16::MAX).len());
        let rows =
            9 + u16::try_from(extra + last_check(model, body.width.saturating_sub(4)).len()).unwrap_or(0);
        let [list, detail] = Layout::vertical([Constraint::Min(4), Constraint::Length(rows)]).areas(body);
        (list, detail)
    }
}

/// The project at this place.
#[must_use]
pub fn row_at(model: &Model, body: Rect, at: Position) -> Option<usize> {
    let inner = split(model, body).0.inner(Margin::new(2, 1));
    let first = first_row(model.projects.cursor, model.projects.rows().len(), usize::from(inner.height));
    inner.contains(at).then(|| first + usize::from(at.y - inner.y))
}

/// Draws the projects.
pub fn draw(model: &Model, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let (list, detail) = split(model, body);
    let rows = model.projects.rows();
    let focused = model.overlays.is_empty();
    frame.render_widget(framed(theme, focused).title(Span::styled(" Projects ", theme.strong())), list);
    let inner = list.inner(Margin::new(2, 1));
    let first = first_row(model.projects.cursor, rows.len(), usize::from(inner.height));
    let shown = &rows[first..rows.len().min(first + usize::from(inner.height))];
    let names = shown.iter().map(|row| marked(model, row)).max().unwrap_or(0).min(40);
    for ((y, at), listing) in (inner.y..inner.bottom()).zip(first..).zip(shown) {
        let spot = Rect { y, height: 1, ..inner };
        draw_line(frame, &row(model, listing, names, spot.width), spot);
        if at == model.projects.cursor {
            draw_bar(frame, spot, theme, focused);
        }
    }
    if let Some(listing) = rows.get(model.projects.cursor).filter(|_| !detail.is_empty()) {
        let block = framed(theme, false).title(" Details ");
        let inner = detail.inner(Margin::new(2, 1));
        frame.render_widget(block, detail);
        frame.render_widget(details(model, listing, inner.width), inner);
    }
}

/// How wide a name is with what is beside it.
fn marked(model: &Model, listing: &Listing) -> usize {
    let badge = model.policy_of(&listing.name).badge().map_or(0, |badge| badge.width() + 1);
    listing.name.as_str().width() + badge
}

fn row(model: &Model, listing: &Listing, names: usize, width: u16) -> Line<'static> {
    let theme = model.options.theme;
    let mark = if model.current.name == listing.name { theme.on() } else { " " };
    let name = visible(listing.name.as_str()).into_owned();
    let policy = model.policy_of(&listing.name);
    let pad = names.saturating_sub(marked(model, listing)) + 2;
    let mut line = Line::from(vec![
        Span::styled(format!("{mark} "), theme.good()),
        Span::styled(name, theme.of_project(policy).remove_modifier(Modifier::BOLD)),
    ]);
    // Beside the name, and so in view however narrow the list is.
    if let Some(badge) = policy.badge() {
        line.push_span(Span::styled(format!(" {badge}"), theme.of_project(policy)));
    }
    line.push_span(Span::raw(" ".repeat(pad)));
    line.push_span(Span::styled(listing.url.ws(), theme.dim()));
    if model.projects.default.as_ref() == Some(&listing.name) {
        line.push_span(Span::styled("  default", theme.key()));
    }
    if model.projects.is_built_in(listing) {
        line.push_span(Span::styled("  built in, insecure", theme.warning()));
    }
    cut(line, width, theme)
}

fn details(model: &Model, listing: &Listing, width: u16) -> Paragraph<'static> {
    let theme = model.options.theme;
    let built_in = model.projects.is_built_in(listing);
    let (kept, secret) = if built_in {
        ("nowhere: it is part of roomkey".to_owned(), "secret (everybody knows it)".to_owned())
    } else {
        (format!("in the {}", model.store_name()), theme.bullet().repeat(12))
    };
    let field = |label: &str, value: String| {
        let label = Span::styled(format!("{label:<12}"), theme.dim());
        cut(Line::from(vec![label, Span::raw(visible(&value).into_owned())]), width, theme)
    };
    let mut lines = vec![
        field("Server", listing.url.ws()),
        field("API", listing.url.http()),
        field("API key", listing.key.as_str().to_owned()),
        field("API secret", secret),
        field("Kept", kept),
    ];
    lines.extend(guarded(model, listing, width));
    for note in listing.url.notes() {
        lines.push(Line::from(Span::styled(format!("! {note}"), theme.warning())));
    }
    if built_in && listing.name == ProjectName::local_dev() {
        let text = "For livekit-server --dev on this machine only: its key and secret are public.";
        lines.push(Line::from(Span::styled(text, theme.dim())));
    }
    lines.extend(last_check(model, width));
    Paragraph::new(Text::from(lines)).wrap(Wrap { trim: false })
}

/// The key that is kept for verifying, and the policy.
fn guarded(model: &Model, listing: &Listing, width: u16) -> Vec<Line<'static>> {
    let theme = model.options.theme;
    let mut lines = Vec::new();
    let mut field = |label: &str, value: String| {
        let label = Span::styled(format!("{label:<12}"), theme.dim());
        lines.push(cut(Line::from(vec![label, Span::raw(value)]), width, theme));
    };
    if let Some(old) = &listing.old {
        let since = model.zone.said(old.since, model.now);
        field("Old key", format!("{} kept since {since}", visible(old.key.as_str())));
    }
    let policy = model.policy_of(&listing.name);
    if let Some(most) = policy.max_ttl {
        field("Lifetime", format!("at most {}", length(i64::try_from(most).unwrap_or(i64::MAX))));
    }
    if let Some(allowed) = &policy.allow {
        let words: Vec<&str> = allowed.iter().map(|word| word.as_str()).collect();
        field("Allowed", if words.is_empty() { "nothing".into() } else { words.join(", ") });
    }
    if policy.production {
        field("Production", "asks twice about admin grants".into());
    }
    if let Err(failure) = &model.policies {
        let text = format!("{} {}", theme.no(), visible(&failure.message));
        lines.push(cut(Line::from(Span::styled(text, theme.bad())), width, theme));
    }
    lines
}

/// What the server of the project under the cursor said when it was asked last.
fn last_check(model: &Model, width: u16) -> Vec<Line<'static>> {
    let (theme, at) = (model.options.theme, (model.now, &model.zone));
    let answered = model.projects.selected().and_then(|listing| model.projects.answers.get(&listing.name));
    let Some(answered) = answered else { return Vec::new() };
    let heading = Line::from(Span::styled("Last check", theme.dim()));
    std::iter::once(heading).chain(answer::lines(answered, theme, width, at)).collect()
}

/// What there is to import, in so many columns.
fn found(model: &Model, room: usize) -> String {
    let offers = model.offers.as_deref().unwrap_or_default();
    let said = |offer: &Offer| {
        let place = match &offer.source {
            Source::Lk(_) => "lk".to_owned(),
            Source::Dotenv(path) | Source::Server(path) => {
                visible(&path.file_name().unwrap_or_default().to_string_lossy()).into_owned()
            }
            other => other.to_string(),
        };
        format!("{place} ({})", offer.names.len())
    };
    let all: Vec<String> = offers.iter().map(said).collect();
    let text = format!("found: {}", all.join(", "));
    match all.len() {
        0 => "from lk, .env files, a livekit.yaml, a pasted block".into(),
        _ if text.width() <= room => text,
        count => format!("found: {count} places"),
    }
}

/// Draws what there is to begin with.
pub fn welcome(model: &Model, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let width = body.width.saturating_sub(2).min(70);
    let offer = |key: &'static str, what: &'static str, detail: &str| {
        let head = vec![Span::styled(format!("{key}   "), theme.key()), Span::raw(format!("{what:<16}"))];
        let detail = Span::styled(detail.to_owned(), theme.dim());
        // Below 60 columns the detail would be torn apart; the offer says enough.
        if width < 58 {
            Line::from(head)
        } else {
            Line::from(head.into_iter().chain([detail]).collect::<Vec<_>>())
        }
    };
    let dim = |text: String| Line::from(Span::styled(text, theme.dim()));
    let mut lines = vec![
        Line::from(Span::styled("roomkey", theme.strong())).centered(),
        Line::from(Span::styled("keys for LiveKit rooms", theme.dim())).centered(),
        Line::default(),
    ];
    if let StoreState::Failed(failure) = &model.store {
        lines.push(offer("d", "local dev", "ws://localhost:7880, for livekit-server --dev"));
        lines.push(offer("v", "vault", "keep projects in one encrypted file"));
        lines.push(offer("m", "memory", "keep projects for this run only"));
        lines.push(Line::default());
        lines.push(Line::from(Span::styled(visible(&failure.message).into_owned(), theme.warning())));
        if !failure.hint.is_empty() {
            lines.push(dim(visible(&failure.hint).into_owned()));
        }
    } else {
        let kept = match &model.store {
            StoreState::Open(Backend::Vault, _) => "URL, key and secret, kept in your vault",
            StoreState::Open(Backend::Memory, _) => "URL, key and secret, for this run only",
            _ => "URL, key and secret, kept in your keyring",
        };
        lines.push(offer("a", "add a project", kept));
        let found = found(model, usize::from(width).saturating_sub(20));
        lines.push(offer("I", "import", &found));
        lines.push(offer("d", "local dev", "ws://localhost:7880, for livekit-server --dev"));
        lines.push(Line::default());
        lines.push(dim(match &model.store {
            StoreState::Opening => "asking the store…".to_owned(),
            StoreState::Open(Backend::Keyring, Some(provider)) => {
                format!("Your keyring: {}.", visible(provider))
            }
            _ => format!("Projects are kept in the {}.", model.store_name()),
        }));
        lines.push(dim("A pasted .env block with LIVEKIT_ lines fills the form.".into()));
    }
    let rows: usize = lines
        .iter()
        .map(|line| {
            line.width().div_ceil(usize::from(width.max(1))).max(1)
                + usize::from(line.width() > usize::from(width))
        })
        .sum();
    let area = centred(body, width, u16::try_from(rows).unwrap_or(body.height));
    frame.render_widget(Paragraph::new(Text::from(lines)).wrap(Wrap { trim: false }), area);
}
