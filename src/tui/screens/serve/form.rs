//! The form for where the endpoint listens, whose pages may ask, and what it hands out.

use crate::server::origin::Origin;
use crate::tui::widgets::text_field::{Kind, TextField};

use super::Choices;

/// The fields of the form, in the order of Tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The port of the token endpoint.
    Port,
    /// Origins whose pages may ask.
    Origins,
    /// The policy file.
    Policy,
    /// The port of the receiver of webhooks.
    WebhookPort,
}

impl Part {
    /// All of them, in the order of Tab.
    pub const ALL: [Self; 4] = [Self::Port, Self::Origins, Self::Policy, Self::WebhookPort];

    /// What it is called.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Port => "Port",
            Self::Origins => "Pages of",
            Self::Policy => "Policy file",
            Self::WebhookPort => "Webhooks at",
        }
    }

    /// The next one, or the one before; the same at the ends.
    #[must_use]
    pub fn step(self, forward: bool) -> Self {
        let at = Self::ALL.iter().position(|part| *part == self).unwrap_or(0);
        let next = if forward { at + 1 } else { at.wrapping_sub(1) };
        Self::ALL.get(next).copied().unwrap_or(self)
    }

    /// What one has to know about it.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Self::Port => "of this machine alone; 0 is any that is free",
            Self::Origins => "besides localhost: https://app.example.com, with spaces between",
            Self::Policy => "empty hands out what the draft in Compose allows",
            Self::WebhookPort => "the port that w listens for webhooks on",
        }
    }
}

/// The form.
#[derive(Clone, Debug, PartialEq)]
pub struct ServeForm {
    fields: [TextField; 4],
    /// The field with the caret.
    pub at: Part,
}

impl ServeForm {
    /// Filled with what is chosen now.
    #[must_use]
    pub fn of(choices: &Choices) -> Self {
        let origins: Vec<&str> = choices.origins.iter().map(Origin::as_str).collect();
        let texts = [
            choices.port.to_string(),
            origins.join(" "),
            choices.policy.clone().unwrap_or_default(),
            choices.webhook_port.to_string(),
        ];
        Self { fields: texts.map(|text| TextField::new(Kind::Line, &text)), at: Part::Port }
    }

    /// The field of this part.
    #[must_use]
    pub fn field(&self, part: Part) -> &TextField {
        &self.fields[part as usize]
    }

    /// The field with the caret.
    pub fn field_mut(&mut self) -> &mut TextField {
        &mut self.fields[self.at as usize]
    }

    /// What is wrong with a field, and what to write.
    #[must_use]
    pub fn wrong(&self, part: Part) -> Option<(String, String)> {
        let text = self.field(part).text();
        match part {
            Part::Port | Part::WebhookPort => port(text).err(),
            Part::Origins => origins(text).err(),
            Part::Policy => None,
        }
    }

    /// What it comes to, unless a field is wrong.
    #[must_use]
    pub fn filled(&self) -> Option<Choices> {
        let policy = self.field(Part::Policy).text().trim();
        Some(Choices {
            port: port(self.field(Part::Port).text()).ok()?,
            webhook_port: port(self.field(Part::WebhookPort).text()).ok()?,
            origins: origins(self.field(Part::Origins).text()).ok()?,
            policy: (!policy.is_empty()).then(|| policy.to_owned()),
        })
    }
}

fn port(text: &str) -> Result<u16, (String, String)> {
    let wrong =
        || ("this is no port".to_owned(), "a number from 0 to 65535; 0 is any that is free".to_owned());
    text.trim().parse().map_err(|_| wrong())
}

fn origins(text: &str) -> Result<Vec<Origin>, (String, String)> {
    let words = text.split([' ', ',']).filter(|word| !word.is_empty());
    words.map(|word| Origin::parse(word).map_err(|error| (error.to_string(), error.hint()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(texts: [&str; 4]) -> ServeForm {
        ServeForm { fields: texts.map(|text| TextField::new(Kind::Line, text)), at: Part::Port }
    }

    #[test]
    fn what_is_chosen_fills_the_form_and_comes_out_of_it_again() {
        let choices = form([" 0 ", "https://a.example, http://b.example:81", " /etc/policy.toml ", "65535"]);
        let choices = choices.filled().unwrap();
        assert_eq!((choices.port, choices.origins.len()), (0, 2));
        assert_eq!(choices.policy.as_deref(), Some("/etc/policy.toml"));
        assert_eq!(ServeForm::of(&choices).filled(), Some(choices));
        assert_eq!(ServeForm::of(&Choices::default()).filled(), Some(Choices::default()));
    }

    #[test]
    fn what_is_wrong_is_named_with_what_to_write() {
        for (texts, part) in [
            (["x", "", "", "1"], Part::Port),
            (["65536", "", "", "1"], Part::Port),
            (["1", "*", "", "1"], Part::Origins),
            (["1", "app.example.com", "", "1"], Part::Origins),
            (["1", "", "", ""], Part::WebhookPort),
        ] {
            let form = form(texts);
            assert_eq!(form.filled(), None, "{texts:?}");
            for other in Part::ALL {
                assert_eq!(form.wrong(other).is_some(), other == part, "{texts:?} {other:?}");
            }
            assert!(!form.wrong(part).unwrap().1.is_empty());
        }
    }
}
