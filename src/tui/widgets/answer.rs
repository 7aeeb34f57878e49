//! A server's answer in lines: what it says, the evidence, what is odd about it, what to do.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::check::Skew;
use crate::clock::{Timestamp, Zone};
use crate::text::visible;
use crate::tui::asking::Answered;
use crate::tui::theme::Theme;
use crate::tui::view::{cut, paragraph};

/// The sign and the colour of an answer.
fn tone(answered: &Answered, theme: Theme) -> (&'static str, Style) {
    match (&answered.result, answered.accepted()) {
        (Err(_), _) | (_, Some(false)) => (theme.no(), theme.bad()),
        (_, Some(true)) => (theme.yes(), theme.good()),
        (_, None) => ("?", theme.warning()),
    }
}

/// The answer in one line of this width: `✓ acme.livekit.cloud says: …`.
#[must_use]
pub fn headline(answered: &Answered, theme: Theme, width: u16) -> Line<'static> {
    let (sign, style) = tone(answered, theme);
    cut(Line::from(Span::styled(format!("{sign} {}", said(answered)), style)), width, theme)
}

fn said(answered: &Answered) -> String {
    let text = match &answered.result {
        Ok(_) => format!("{} says: {}", answered.host, answered.sentence()),
        // An error says itself whom it is about.
        Err(_) => answered.sentence(),
    };
    visible(&text).into_owned()
}

/// All there is to say, broken into lines of this width.
#[must_use]
pub fn lines(
    answered: &Answered,
    theme: Theme,
    width: u16,
    (now, zone): (Timestamp, &Zone),
) -> Vec<Line<'static>> {
    let (sign, style) = tone(answered, theme);
    let room = width.saturating_sub(2);
    let mut out = Vec::new();
    let mut say = |lead: &str, text: &str, style: Style, most: u16| {
        for (i, text) in paragraph(&visible(text), room, most, theme).into_iter().enumerate() {
            let lead = if i == 0 { format!("{lead:<2}") } else { "  ".into() };
            out.push(Line::from(vec![Span::styled(lead, style), Span::styled(text, style)]));
        }
    };
    say(sign, &said(answered), style, 3);
    let at = zone.said(answered.at, now);
    match &answered.result {
        Ok(report) => {
            say("", &format!("{}, at {at}", report.evidence()), theme.dim(), 4);
            if let Some(surprise) = answered.expected.and_then(|expected| report.surprise(expected)) {
                say("!", surprise, theme.warning(), 4);
            }
            if let Some(warning) = report.skew.and_then(Skew::warning) {
                say("!", &warning, theme.warning(), 4);
                say("", Skew::cure(), theme.dim(), 2);
            }
        }
        Err(_) => say("", &format!("asked at {at}"), theme.dim(), 1),
    }
    if !answered.hint().is_empty() {
        say("", &answered.hint(), theme.dim(), 4);
    }
    out
}
