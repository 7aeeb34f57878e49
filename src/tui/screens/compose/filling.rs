//! The placeholders of the draft, filled in for the preview and for signing.

use std::sync::Arc;

use super::Compose;
use crate::claims::draft::Draft;
use crate::claims::placeholders::{self, Chance, Moment};
use crate::clock::{Timestamp, Zone};

/// What placeholders are filled with. Chance is drawn when a draft is begun and after it has been signed, so that what
/// is shown is what will be signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Filling {
    /// `{user}`: who is at the keyboard.
    pub user: Arc<str>,
    /// What `{rand4}` comes from.
    pub seed: u64,
    /// Whether a token has been signed with this seed.
    spent: bool,
    /// What was filled last, with what.
    of: Option<(Arc<Draft>, Moment, u64)>,
}

impl Default for Filling {
    fn default() -> Self {
        Self { user: "somebody".into(), seed: 0, spent: false, of: None }
    }
}

impl Compose {
    /// Fills in the placeholders, if there are any, anew where the draft, the minute or chance is another one.
    pub(super) fn fill(&mut self, now: Timestamp, zone: &Zone) {
        let filled = self.filling.of.as_ref().filter(|(draft, ..)| Arc::ptr_eq(draft, &self.draft));
        let seed = &mut self.filling.seed;
        if filled.is_none() {
            if placeholders::used(&self.draft).is_empty() {
                self.filled = self.draft.clone();
                self.filling.of = None;
                return;
            }
            // Another draft is for another token, which is not to be mistaken for the last.
            if std::mem::take(&mut self.filling.spent) {
                *seed = Chance::of(*seed).number();
            }
        }
        let moment = Moment::at(now, zone, &self.filling.user);
        if filled.is_some_and(|(_, of, with)| *of == moment && *with == *seed) {
            return;
        }
        if let Some(made) = placeholders::fill(&self.draft, &moment, 1, *seed) {
            self.filled = Arc::new(made);
        }
        self.filling.of = Some((self.draft.clone(), moment, *seed));
    }

    /// A token was signed with what chance gave.
    pub fn spend(&mut self) {
        self.filling.spent = true;
    }

    /// Draws anew if a token was signed with what chance gave. [`Compose::refresh`] shows it.
    pub fn draw_anew(&mut self) {
        if std::mem::take(&mut self.filling.spent) {
            self.filling.seed = Chance::of(self.filling.seed).number();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::ApiKey;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    #[test]
    fn what_is_shown_is_filled_in_and_stays_so_until_it_is_signed() {
        let mut compose = Compose::new(&ApiKey::dev(), NOW, &Zone::utc());
        compose.change(None, |draft| draft.identity = "{user}-{rand4}-{time}".into());
        let shown = |compose: &mut Compose, later: i64| {
            compose.refresh(&ApiKey::dev(), NOW.plus(later), &Zone::utc());
            assert_eq!(compose.shown.preview.claims.identity, compose.filled.identity);
            compose.filled.identity.clone()
        };
        let first = shown(&mut compose, 0);
        assert!(first.starts_with("somebody-") && first.ends_with("-14-42"), "{first}");
        assert_eq!(shown(&mut compose, 1), first);
        assert_eq!(shown(&mut compose, 60), first.replace("14-42", "14-43"));
        compose.draw_anew();
        assert_eq!(shown(&mut compose, 0), first, "nothing was signed with it");
        compose.spend();
        assert_eq!(shown(&mut compose, 0), first, "what was signed stays in view");
        compose.draw_anew();
        let second = shown(&mut compose, 0);
        assert_ne!(second, first);
        compose.spend();
        compose.change(None, |draft| draft.grants.video.hidden = true);
        assert_ne!(shown(&mut compose, 0), second, "another draft is for another token");
        compose.change(None, |draft| draft.identity = "alice".into());
        assert_eq!(shown(&mut compose, 0), "alice");
        assert!(Arc::ptr_eq(&compose.draft, &compose.filled));
    }
}
