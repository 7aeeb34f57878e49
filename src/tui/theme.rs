//! Colours and signs. Colour carries meaning only, and never alone: every state has a sign or a word too.

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

use crate::claims::policy::{Colour, ProjectPolicy};

/// Which colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Palette {
    /// 16 colours on whatever background the terminal has.
    #[default]
    Dark,
    /// The same, with those that vanish on white replaced.
    Light,
    /// Nothing dim, everything bright.
    HighContrast,
    /// No colour at all: `NO_COLOR`.
    Plain,
}

/// How things look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    /// The colours.
    pub palette: Palette,
    /// Only ASCII: for terminals and fonts without box drawing.
    pub ascii: bool,
}

macro_rules! signs {
    ($($(#[$doc:meta])* $name:ident: $utf8:literal $ascii:literal;)+) => {
        impl Theme {
            $($(#[$doc])*
            #[must_use]
            pub const fn $name(self) -> &'static str {
                if self.ascii { $ascii } else { $utf8 }
            })+
        }
    };
}

signs! {
    /// Before something allowed.
    yes: "✓" "+";
    /// Before something not allowed.
    no: "✗" "-";
    /// Before a flag or choice that is on.
    on: "●" "*";
    /// Before a flag or choice that is off.
    off: "○" "o";
    /// Before a choice that is unset.
    unset: "◌" ".";
    /// Before a group that is open.
    opened: "▾" "v";
    /// Before a group that is closed.
    closed: "▸" ">";
    /// Between two things.
    dot: "·" "-";
    /// Behind what was cut.
    ellipsis: "…" "~";
    /// Before the claim that was changed last.
    arrow: "←" "<-";
    /// Before what was sent.
    sent: "→" "->";
    /// Where there is room to type.
    blank: "┈" "_";
    /// For a hidden character.
    bullet: "•" "*";
}

impl Theme {
    const fn colour(self, dark: Color, light: Color, strong: Color) -> Style {
        match self.palette {
            Palette::Dark => Style::new().fg(dark),
            Palette::Light => Style::new().fg(light),
            Palette::HighContrast => Style::new().fg(strong).add_modifier(Modifier::BOLD),
            Palette::Plain => Style::new(),
        }
    }

    /// Labels, unset values, hints.
    #[must_use]
    pub const fn dim(self) -> Style {
        match self.palette {
            Palette::HighContrast => Style::new(),
            _ => Style::new().add_modifier(Modifier::DIM),
        }
    }

    /// Allowed, alive.
    #[must_use]
    pub const fn good(self) -> Style {
        self.colour(Color::Green, Color::Green, Color::LightGreen)
    }

    /// A warning, expiring.
    #[must_use]
    pub const fn warning(self) -> Style {
        self.colour(Color::Yellow, Color::Magenta, Color::LightYellow)
    }

    /// Refused, expired, production.
    #[must_use]
    pub const fn bad(self) -> Style {
        self.colour(Color::Red, Color::Red, Color::LightRed)
    }

    /// Keys to press, keys of JSON.
    #[must_use]
    pub const fn key(self) -> Style {
        self.colour(Color::Cyan, Color::Blue, Color::LightCyan)
    }

    /// A project's name and label: in the colour of its policy, else production in red.
    #[must_use]
    pub fn of_project(self, policy: &ProjectPolicy) -> Style {
        let named = match (self.palette, policy.colour) {
            (Palette::Plain, _) | (_, None) if policy.production => self.bad(),
            (Palette::Plain, _) | (_, None) => Style::new(),
            (_, Some(colour)) => Style::new().fg(ansi(colour)),
        };
        named.patch(self.strong())
    }

    /// Text that stands out.
    #[must_use]
    pub const fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// The row under the cursor: reversed in the pane that has the focus, bold elsewhere.
    #[must_use]
    pub const fn cursor(self, focused: bool) -> Style {
        if focused { Style::new().add_modifier(Modifier::REVERSED) } else { self.strong() }
    }

    /// The frame of a pane.
    #[must_use]
    pub const fn frame(self, focused: bool) -> Style {
        if focused { self.key() } else { self.dim() }
    }

    /// The lines of frames.
    #[must_use]
    pub const fn border(self) -> border::Set<'static> {
        const ASCII: border::Set<'static> = border::Set {
            top_left: "+",
            top_right: "+",
            bottom_left: "+",
            bottom_right: "+",
            vertical_left: "|",
            vertical_right: "|",
            horizontal_top: "-",
            horizontal_bottom: "-",
        };
        if self.ascii { ASCII } else { border::ROUNDED }
    }
}

/// ratatui's word for a colour: its greys are the terminal's white and bright black.
const fn ansi(colour: Colour) -> Color {
    match colour {
        Colour::Black => Color::Black,
        Colour::Red => Color::Red,
        Colour::Green => Color::Green,
        Colour::Yellow => Color::Yellow,
        Colour::Blue => Color::Blue,
        Colour::Magenta => Color::Magenta,
        Colour::Cyan => Color::Cyan,
        Colour::White => Color::Gray,
        Colour::BrightBlack => Color::DarkGray,
        Colour::BrightRed => Color::LightRed,
        Colour::BrightGreen => Color::LightGreen,
        Colour::BrightYellow => Color::LightYellow,
        Colour::BrightBlue => Color::LightBlue,
        Colour::BrightMagenta => Color::LightMagenta,
        Colour::BrightCyan => Color::LightCyan,
        Colour::BrightWhite => Color::White,
    }
}
