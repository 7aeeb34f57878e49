//! Drawing the composer.
//!
//! ```text
//! Wide                                  Medium                          Narrow
//! ╭ Token ──────────╮╭ This token can ╮ ╭ Token ────────╮╭ Can│Claims…╮ ╭ Token│Can│… ╮
//! │ rows            ││                │ │ rows          ││            │ │             │
//! │                 │├ Problems ──────┤ │               ││            │ │ one pane    │
//! │                 │├ Claims ────────┤ │               ││            │ │             │
//! │ about the row   ││                │ │ about the row ││            │ │             │
//! │                 │├ Signed ────────┤ ╰───────────────╯╰────────────╯ ╰─────────────╯
//! ╰─────────────────╯╰────────────────╯
//! ```

use ratatui::layout::{Constraint, Layout, Margin, Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::tui::layout::{Room, areas, first_row};
use crate::tui::model::Model;
use crate::tui::painter::Frame;
use crate::tui::screens::compose::Pane;
use crate::tui::view::{framed, strip};
use crate::tui::widgets::pane::PaneFrame;
use crate::tui::widgets::sentences::can_lines;

mod beside;
mod form;

/// Where each pane is; those that are not shown have no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panes {
    room: Room,
    rects: [Rect; 5],
}

fn index(pane: Pane) -> usize {
    Pane::ALL.iter().position(|p| *p == pane).unwrap_or(0)
}

fn whole(model: &Model) -> Rect {
    Rect::new(0, 0, model.size.width, model.size.height)
}

impl Panes {
    /// The panes of a body of this size.
    #[must_use]
    pub fn of(body: Rect, model: &Model) -> Self {
        let room = Room::of(whole(model));
        let mut rects = [Rect::ZERO; 5];
        match room {
            Room::Wide => {
                // The form wants as much as its widest row, the rest goes to the claims.
                let form = (body.width * 46 / 100).clamp(50, 70);
                let [left, right] =
                    Layout::horizontal([Constraint::Length(form), Constraint::Min(0)]).areas(body);
                let rows = |count: usize| u16::try_from(count).unwrap_or(u16::MAX).saturating_add(2);
                let can =
                    can_lines(&model.compose.shown.can, model.options.theme, right.width.saturating_sub(4))
                        .len();
                let can = rows(can).clamp(4, body.height * 2 / 5);
                let problems = rows(model.compose.shown.preview.problems.len().max(1)).min(8);
                let [can, problems, claims, signed] = Layout::vertical([
                    Constraint::Length(can),
                    Constraint::Length(problems),
                    Constraint::Min(6),
                    Constraint::Length(beside::signed_height(model, right.width)),
                ])
                .areas(right);
                rects = [left, can, claims, problems, signed];
            }
            Room::Medium => {
                let [left, right] =
                    Layout::horizontal([Constraint::Percentage(54), Constraint::Min(0)]).areas(body);
                rects[0] = left;
                rects[index(model.compose.beside)] = right;
            }
            Room::Narrow => rects[index(model.compose.pane)] = body,
            Room::None => {}
        }
        Self { room, rects }
    }

    /// The panes of the terminal as it is.
    fn now(model: &Model) -> Self {
        Self::of(areas(whole(model)).body, model)
    }

    fn rect(&self, pane: Pane) -> Rect {
        self.rects[index(pane)]
    }

    /// The pane at this place.
    #[must_use]
    pub fn at(&self, at: Position) -> Option<Pane> {
        Pane::ALL.into_iter().find(|pane| self.rect(*pane).contains(at))
    }

    /// The row of the form at this place.
    #[must_use]
    pub fn form_row_at(&self, model: &Model, at: Position) -> Option<usize> {
        let list = form::list(self.rect(Pane::Form), model);
        let total = model.compose.rows().len();
        let first = first_row(model.compose.cursor, total, usize::from(list.height));
        list.contains(at).then(|| first + usize::from(at.y - list.y))
    }
}

/// How many rows of the form are in view.
#[must_use]
pub fn form_height(model: &Model) -> usize {
    usize::from(form::list(Panes::now(model).rect(Pane::Form), model).height)
}

/// How many lines of a pane are in view.
#[must_use]
pub fn pane_height(model: &Model, pane: Pane) -> usize {
    usize::from(Panes::now(model).rect(pane).height.saturating_sub(2))
}

/// Draws the composer.
pub fn draw(model: &Model, frame: &mut Frame<'_>, body: Rect) {
    let panes = Panes::of(body, model);
    for pane in Pane::ALL {
        let area = panes.rect(pane);
        if area.is_empty() {
            continue;
        }
        let block = block(model, panes.room, pane);
        let inner = area.inner(Margin::new(2, 1));
        frame.render_widget(block, area);
        match pane {
            Pane::Form => form::draw(model, frame, area),
            Pane::Can => beside::can(model, frame, inner),
            Pane::Claims => beside::claims(model, frame, inner),
            Pane::Problems => beside::problems(model, frame, inner),
            Pane::Signed => beside::signed(model, frame, inner),
        }
    }
}

fn block(model: &Model, room: Room, pane: Pane) -> PaneFrame<'static> {
    let theme = model.options.theme;
    let focused = model.compose.pane == pane && model.overlays.is_empty();
    let block = framed(theme, focused);
    let style = if focused { theme.strong() } else { Style::new() };
    let block = match (room, pane) {
        (Room::Wide, _) => block.title(Span::styled(format!(" {} ", heading(model, pane)), style)),
        (Room::Medium, Pane::Form) => block.title(Span::styled(" Token ", style)),
        (Room::Medium, _) => block.title(tabs(model, &Pane::ALL[1..], model.compose.beside, focused)),
        _ => block.title(tabs(model, &Pane::ALL, model.compose.pane, focused)),
    };
    match (pane, &model.compose.signed) {
        (Pane::Signed, Some(signed)) if room == Room::Wide => {
            let size = Span::styled(format!(" {} bytes ", signed.token.len()), theme.dim());
            block.title(Line::from(size).right_aligned())
        }
        _ => block,
    }
}

fn heading(model: &Model, pane: Pane) -> String {
    match pane {
        Pane::Form => "Token".into(),
        Pane::Can => "This token can".into(),
        Pane::Claims => "Claims".into(),
        Pane::Problems => match model.compose.shown.preview.problems.len() {
            0 => "Problems".into(),
            n => format!("Problems {n}"),
        },
        Pane::Signed => "Signed".into(),
    }
}

/// The panes that share one place, as tabs in its frame.
fn tabs(model: &Model, panes: &[Pane], shown: Pane, focused: bool) -> Line<'static> {
    let narrow = panes.len() == Pane::ALL.len();
    let words = panes.iter().map(|pane| match pane {
        Pane::Can => "Can".into(),
        // In full they would push each other out of a narrow frame.
        Pane::Problems if narrow => format!("! {}", model.compose.shown.preview.problems.len()),
        other => heading(model, *other),
    });
    strip(words, panes.iter().position(|pane| *pane == shown), focused, model.options.theme)
}
