//! What lies over the Serve screen: the form, and a row that is looked at.

use ratatui::layout::{Margin, Rect, Size};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;
use serde_json::Value;

use crate::clock::{Timestamp, Zone, relative};
use crate::explain;
use crate::server::listener::Row;
use crate::text::{redact, visible};
use crate::token::inspect::json::Json;
use crate::tui::layout::{areas, centred};
use crate::tui::model::Model;
use crate::tui::painter::Frame;
use crate::tui::screens::serve::form::{Part, ServeForm};
use crate::tui::theme::Theme;
use crate::tui::view::{cut, framed, paragraph};
use crate::tui::widgets::json::Lines;
use crate::tui::widgets::lines::draw_lines;
use crate::webhook::receive::Heard;

use super::view::{labelled, open};

/// The widest that a row is shown.
const WIDEST: u16 = 100;
/// Where values begin.
const LABEL: usize = 13;

/// A row that is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    what: What,
    /// The body of a webhook.
    body: Lines,
    /// The first line shown.
    pub scroll: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum What {
    Request(Row),
    Webhook(Heard),
}

type When<'a> = (Timestamp, &'a Zone);

impl Shown {
    /// A request for a token.
    #[must_use]
    pub fn request(row: Row) -> Self {
        Self { what: What::Request(row), body: Lines::default(), scroll: 0 }
    }

    /// A webhook.
    #[must_use]
    pub fn webhook(heard: Heard) -> Self {
        let body = match serde_json::from_slice(&heard.body) {
            Ok(map @ Value::Object(_)) => Lines::of(Json::of(&map)),
            _ => Lines::default(),
        };
        Self { what: What::Webhook(heard), body, scroll: 0 }
    }

    /// How many lines it takes, and how many of them are in view.
    #[must_use]
    pub fn height(&self, size: Size, theme: Theme, when: When<'_>) -> (usize, usize) {
        let body = areas(Rect::new(0, 0, size.width, size.height)).body;
        let lines = self.lines(inside(body), theme, when).len();
        (lines, lines.min(usize::from(body.height.saturating_sub(2))))
    }

    fn lines(&self, width: u16, theme: Theme, when: When<'_>) -> Vec<Line<'static>> {
        let mut out = Out { lines: Vec::new(), width, theme };
        match &self.what {
            What::Request(row) => request(&mut out, row, when),
            What::Webhook(heard) => webhook(&mut out, heard, &self.body, when),
        }
        out.lines
    }
}

fn inside(body: Rect) -> u16 {
    body.width.min(WIDEST).saturating_sub(4)
}

/// Lines that fit a width.
struct Out {
    lines: Vec<Line<'static>>,
    width: u16,
    theme: Theme,
}

impl Out {
    /// A sign, and a sentence behind it.
    fn headline(&mut self, good: bool, text: &str) {
        let theme = self.theme;
        let (sign, style) = if good { (theme.yes(), theme.good()) } else { (theme.no(), theme.bad()) };
        let broken = paragraph(&visible(text), self.width.saturating_sub(2), 6, theme);
        self.lines.extend(broken.into_iter().enumerate().map(|(i, text)| {
            let lead = if i == 0 { format!("{sign} ") } else { "  ".into() };
            Line::from(Span::styled(format!("{lead}{text}"), style))
        }));
        self.lines.push(Line::default());
    }

    /// A label, and its value broken behind it.
    fn field(&mut self, label: &str, value: &str, style: Style) {
        let room = self.width.saturating_sub(u16::try_from(LABEL).unwrap_or(0));
        let broken = paragraph(&visible(value), room, 8, self.theme);
        self.lines.extend(broken.into_iter().enumerate().map(|(i, text)| {
            let label = if i == 0 { label } else { "" };
            let label = Span::styled(format!("{label:<LABEL$}"), self.theme.dim());
            cut(Line::from(vec![label, Span::styled(text, style)]), self.width, self.theme)
        }));
    }

    fn blank(&mut self) {
        self.lines.push(Line::default());
    }
}

fn request(out: &mut Out, row: &Row, (now, zone): When<'_>) {
    let theme = out.theme;
    let outcome = &row.outcome;
    let plain = Style::new();
    match outcome.reason {
        None => {
            let who = if outcome.identity.is_empty() { "nobody" } else { &outcome.identity };
            let room = if outcome.room.is_empty() { String::new() } else { format!(" in {}", outcome.room) };
            out.headline(true, &format!("A token was signed: {who}{room}"));
        }
        Some(_) => out.headline(false, &format!("No token: {}", outcome.sentence)),
    }
    let micros = row.took.as_secs_f64() * 1_000.0;
    let when = format!("{}, {}; took {micros:.1} ms", zone.time_of_day(row.at), relative(row.at, now));
    out.field("When", &when, plain);
    let from = match row.origin.as_str() {
        "" => format!("{}, no page", row.peer),
        origin => format!("{origin} at {}", row.peer),
    };
    out.field("From", &from, plain);
    out.field("Asked", &format!("{} {}", row.method, row.path), plain);
    let reason = outcome.reason.map_or_else(String::new, |reason| format!(", {}", reason.as_str()));
    let style = if outcome.reason.is_none() { theme.good() } else { theme.bad() };
    out.field("Answer", &format!("{}{reason}", row.status), style);
    if let Some(key) = &outcome.key {
        out.field("Key", key, plain);
    }
    if let Some(fingerprint) = outcome.fingerprint {
        out.field("Fingerprint", &format!("{fingerprint}, which the ledger knows it by"), theme.key());
    }
    if let Some(reason) = outcome.reason {
        out.blank();
        out.field("Cure", reason.cure(), plain);
    }
}

fn webhook(out: &mut Out, heard: &Heard, body: &Lines, (now, zone): When<'_>) {
    let theme = out.theme;
    let plain = Style::new();
    out.headline(heard.accepted(), &redact(heard.sentence()));
    out.field("When", &format!("{}, {}", zone.time_of_day(heard.at), relative(heard.at, now)), plain);
    out.field("From", &format!("{}, POST {}", heard.peer, heard.path), plain);
    if let Ok(report) = &heard.report {
        // What needs no look is only counted: the body is what one came for.
        let well = report.checks.iter().filter(|check| check.ok == Some(true)).count();
        let said =
            format!("{well} of {} questions that receivers ask are answered well", report.checks.len());
        out.field("Checks", &said, plain);
        for check in report.checks.iter().filter(|check| check.ok != Some(true)) {
            let (sign, style) = match check.ok {
                Some(_) => (theme.no(), theme.bad()),
                None => ("?", theme.warning()),
            };
            let said = visible(&redact(&check.detail)).into_owned();
            out.field("", &format!("{sign} {}: {said}", check.label), style);
        }
        for (sdk, words) in &report.said {
            out.field(sdk, &format!("says: {words}"), theme.dim());
        }
        let failed = report.checks.iter().find(|check| check.ok == Some(false));
        if let Some(entry) = failed.and_then(|check| explain::entry(check.id)).filter(|_| !heard.accepted()) {
            out.blank();
            out.field("Why", &entry.cause, plain);
            out.field("Cure", &entry.cure, plain);
        }
    }
    out.blank();
    if body.is_empty() {
        let said = if heard.body.is_empty() {
            "the body is not here (any more)"
        } else {
            "the body is no JSON object"
        };
        out.lines.push(Line::from(Span::styled(said, theme.dim())));
        if let Ok(text) = std::str::from_utf8(&heard.body) {
            let broken = paragraph(&visible(&redact(text)), out.width, 40, theme);
            out.lines.extend(broken.into_iter().map(Line::from));
        }
    }
    out.lines.extend(body.from(0).map(|line| cut(line.draw(theme, now, zone, None), out.width, theme)));
}

/// Draws a row that is looked at.
pub(super) fn draw(model: &Model, shown: &Shown, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let lines = shown.lines(inside(body), theme, (model.now, &model.zone));
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let area = centred(body, body.width.min(WIDEST), height);
    frame.render_widget(Clear, area);
    let title = match &shown.what {
        What::Request(_) => " Request ",
        What::Webhook(_) => " Webhook ",
    };
    let inner = area.inner(Margin::new(2, 1));
    let first = shown.scroll.min(lines.len().saturating_sub(usize::from(inner.height)));
    let left = lines.len().saturating_sub(first + usize::from(inner.height));
    let mut block = framed(theme, true).title(Span::styled(title, theme.strong()));
    if left > 0 {
        let more = Line::from(Span::styled(format!(" {left} more lines "), theme.dim()));
        block = block.title_bottom(more.right_aligned());
    }
    frame.render_widget(block, area);
    draw_lines(frame, &lines[first..], inner);
}

/// Draws the form.
pub(super) fn form(model: &Model, form: &ServeForm, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let inner = open(model, "Where to serve, and what", 76, 10, frame, body);
    for (i, part) in Part::ALL.into_iter().enumerate() {
        let y = inner.y + u16::try_from(i * 2).unwrap_or(0);
        let remark = match form.wrong(part) {
            Some((what, hint)) => Line::from(vec![
                Span::styled(what, theme.bad()),
                Span::styled(format!(" {} {hint}", theme.dot()), theme.dim()),
            ]),
            None => Line::from(Span::styled(part.help(), theme.dim())),
        };
        labelled(
            frame,
            theme,
            Rect { y, ..inner },
            part.label(),
            form.field(part),
            form.at == part,
            Some(remark),
        );
    }
}
