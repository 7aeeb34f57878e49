//! The picture in the README is the program's own screen: drawn by it, its text as text and its frames as lines.
//!
//! `ROOMKEY_UPDATE_PICTURE=1 cargo test picture` draws it anew after the screen was changed on purpose.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use roomkey::tui::painter::Painter;
use roomkey::tui::view;

use crate::screens::{press, program, sign};

const SIZE: (u16, u16) = (112, 33);

/// Of one cell, in SVG units. Every run of text is given its exact length, so that no font can push the columns apart.
const CELL: (u32, u32) = (9, 18);
const MARGIN: u32 = 20;

const BACKGROUND: &str = "#161b22";
const FOREGROUND: &str = "#e6edf3";

#[test]
fn the_readmes_picture_is_what_the_program_draws() {
    let drawn = svg(&screen());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/compose.svg");
    if std::env::var_os("ROOMKEY_UPDATE_PICTURE").is_some() {
        std::fs::write(&path, &drawn).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    // Not assert_eq!, which would print both.
    assert!(drawn == kept, "assets/compose.svg is out of date: ROOMKEY_UPDATE_PICTURE=1 cargo test picture");
}

#[test]
fn a_run_of_cells_that_look_alike_is_one_text_of_exact_length() {
    let mut buffer = Buffer::with_lines(["a<b   c│"]);
    buffer[(6, 0)].set_fg(Color::Green);
    let drawn = svg(&buffer);
    assert!(drawn.contains(r#"textLength="27" lengthAdjust="spacingAndGlyphs">a&lt;b</text>"#), "{drawn}");
    assert!(drawn.contains(&format!(r#"x="{}""#, MARGIN + 6 * CELL.0)), "{drawn}");
    assert!(drawn.contains(colour(Color::Green)), "{drawn}");
    assert!(drawn.contains("<path") && !drawn.contains('│'), "{drawn}");
}

/// A viewer's token in the making, signed and copied.
fn screen() -> Buffer {
    let mut model = program(SIZE);
    press(&mut model, "/identity<enter><enter>alice<enter>");
    press(&mut model, "/name<enter><enter>Alice<enter>");
    press(&mut model, "/room<enter><enter>demo<enter>");
    press(&mut model, "/Valid for<enter><enter><c-u>8h<enter>");
    press(&mut model, "/canPublish<enter>  ");
    press(&mut model, "/canPublishData<enter> ");
    sign(&mut model);
    let mut terminal = Painter::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap();
    terminal.draw(|frame| view::view(&model, frame)).unwrap();
    terminal.backend().buffer().clone()
}

fn svg(buffer: &Buffer) -> String {
    let (columns, rows) = (u32::from(buffer.area.width), u32::from(buffer.area.height));
    let (width, height) = (2 * MARGIN + columns * CELL.0, 2 * MARGIN + rows * CELL.1);
    let mut svg = String::new();
    writeln!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="The composer of roomkey in a terminal">
<style>text {{ font: 15px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace }}</style>
<rect x="0.5" y="0.5" width="{}" height="{}" rx="10" fill="{BACKGROUND}" stroke="#30363d"/>"##,
        width - 1,
        height - 1,
    )
    .unwrap();
    let mut frames: BTreeMap<Look, String> = BTreeMap::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let from = x;
            let look = Look::of(&buffer[(x, y)]);
            let mut text = String::new();
            while x < buffer.area.width && Look::of(&buffer[(x, y)]) == look {
                let symbol = buffer[(x, y)].symbol();
                let line = frame(symbol, (x, y));
                text.push_str(if line.is_some() { " " } else { symbol });
                frames.entry(look).or_default().extend(line);
                x += 1;
            }
            look.draw(&mut svg, &text, (from, y));
        }
    }
    for (look, path) in frames.iter().filter(|(_, path)| !path.is_empty()) {
        let (ink, marks) = (look.ink, look.marks());
        writeln!(svg, r#"<path fill="none" stroke="{ink}"{marks} d="{path}"/>"#).unwrap();
    }
    svg.push_str("</svg>\n");
    svg
}

/// How a run of cells looks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Look {
    ink: &'static str,
    paper: Option<&'static str>,
    bold: bool,
    dim: bool,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let has = |modifier| cell.modifier.contains(modifier);
        let ink = colour(cell.fg);
        let (ink, paper) = if has(Modifier::REVERSED) { (BACKGROUND, Some(ink)) } else { (ink, None) };
        Self { ink, paper, bold: has(Modifier::BOLD), dim: has(Modifier::DIM) }
    }

    fn draw(self, svg: &mut String, text: &str, (column, row): (u16, u16)) {
        let top = MARGIN + u32::from(row) * CELL.1;
        let left = |column: usize| MARGIN + u32::try_from(column).unwrap() * CELL.0;
        let column = usize::from(column);
        if let Some(paper) = self.paper {
            let width = left(text.chars().count()) - MARGIN;
            let (x, height) = (left(column), CELL.1);
            writeln!(svg, r#"<rect x="{x}" y="{top}" width="{width}" height="{height}" fill="{paper}"/>"#)
                .unwrap();
        }
        // More than one space would be drawn as one.
        let mut at = column;
        for part in text.split_inclusive("  ") {
            let indent = part.chars().take_while(|c| *c == ' ').count();
            let words = part.trim();
            if !words.is_empty() {
                writeln!(
                    svg,
                    r#"<text x="{}" y="{}" fill="{}"{} textLength="{}" lengthAdjust="spacingAndGlyphs">{}</text>"#,
                    left(at + indent),
                    top + 14,
                    self.ink,
                    self.marks(),
                    left(words.chars().count()) - MARGIN,
                    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
                )
                .unwrap();
            }
            at += part.chars().count();
        }
    }

    fn marks(self) -> String {
        let bold = if self.bold { r#" font-weight="bold""# } else { "" };
        let dim = if self.dim { r#" opacity="0.65""# } else { "" };
        format!("{bold}{dim}")
    }
}

/// The lines of a frame as a path: fonts leave gaps between theirs.
fn frame(symbol: &str, (column, row): (u16, u16)) -> Option<String> {
    let (x, y) = (MARGIN + u32::from(column) * CELL.0, MARGIN + u32::from(row) * CELL.1);
    let (mx, my, r, b) = (x + CELL.0 / 2, y + CELL.1 / 2, x + CELL.0, y + CELL.1);
    Some(match symbol {
        "─" => format!("M{x} {my}H{r}"),
        "│" => format!("M{mx} {y}V{b}"),
        "╭" => format!("M{mx} {b}Q{mx} {my} {r} {my}"),
        "╮" => format!("M{x} {my}Q{mx} {my} {mx} {b}"),
        "╰" => format!("M{mx} {y}Q{mx} {my} {r} {my}"),
        "╯" => format!("M{x} {my}Q{mx} {my} {mx} {y}"),
        _ => return None,
    })
}

fn colour(colour: Color) -> &'static str {
    match colour {
        Color::Green => "#3fb950",
        Color::Yellow => "#d29922",
        Color::Red => "#f85149",
        Color::Cyan => "#56d4dd",
        _ => FOREGROUND,
    }
}
