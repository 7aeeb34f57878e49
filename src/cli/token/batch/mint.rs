//! From rows to signed lines: what each of the working threads does.

use std::convert::Infallible;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Range;
use std::sync::Arc;

use super::super::draft::flag;
use super::columns::{self, Column, Wrong};
use super::rows::{Piece, Shape, values};
use crate::claims::Grants;
use crate::claims::draft::Draft;
use crate::claims::placeholders::{Chance, DraftTemplate};
use crate::claims::policy::ProjectPolicy;
use crate::claims::problems::{Problem, Severity, of_claims, of_policy};
use crate::clock::{Timestamp, Zone};
use crate::ledger::{Batch, By, Row};
use crate::project::{ApiKey, Project};
use crate::token::lines::{Format, Lines, Whose};
use crate::token::mould::{Mould, Names};
use crate::token::{Fingerprint, SignError, Signer};

/// What is the same for all rows.
#[derive(Clone)]
pub(super) struct Recipe {
    pub(super) base: DraftTemplate,
    pub(super) shape: Shape,
    pub(super) columns: Vec<Column>,
    pub(super) ignored: Vec<String>,
    /// Whether a row that asks for nothing is to join its room.
    pub(super) joins: bool,
    /// Whether what a join lacks is made up.
    pub(super) generate: bool,
    pub(super) force: bool,
    pub(super) skip_bad: bool,
    pub(super) format: Format,
    pub(super) key: ApiKey,
    /// What may be signed for the project.
    pub(super) policy: ProjectPolicy,
    /// The administrative grants of a production project that were said to be meant; `None` is all.
    pub(super) meant: Option<Vec<String>>,
    /// Whose tokens are written down; none if they are not.
    pub(super) recorded: Option<Arc<Project>>,
    pub(super) zone: Zone,
    /// Whether two rows may be the same participant: not where each identity has its number in it.
    pub(super) may_repeat: bool,
    /// Makes fingerprints of participants; keyed, so that nobody can make two alike.
    pub(super) hasher: RandomState,
}

/// Some rows of the work.
pub(super) enum Order {
    /// Of a file.
    Rows(Piece),
    /// Without a file: this many from this number on.
    Numbers { first: u64, count: u64 },
    /// The file ends here, and should not.
    Broken(Wrong),
}

/// What became of them.
#[derive(Default)]
pub(super) struct Minted {
    /// The lines to be written.
    pub(super) lines: String,
    /// How many they are.
    pub(super) count: u64,
    /// How much of the file they were.
    pub(super) bytes: u64,
    /// Every participant that joins, unless each has a number of its own.
    pub(super) participants: Vec<Participant>,
    /// Their identities, one behind the other.
    pub(super) names: String,
    /// Rows for the ledger: of each token as long as all have one, then of the first.
    pub(super) issued: Vec<Row>,
    /// The last one's identity.
    pub(super) last: String,
    /// What is odd, by its rule: how often, and for the first time in which row.
    pub(super) odd: Vec<(Problem, u64, u64)>,
    /// Rows that were not signed; only the last stops everything, if [`Recipe::skip_bad`] is off.
    pub(super) bad: Vec<Bad>,
    /// Whether nothing after this is to be written.
    pub(super) stopped: bool,
}

/// Somebody who joins.
pub(super) struct Participant {
    pub(super) row: u64,
    /// Of identity and room.
    pub(super) fingerprint: u64,
    /// The identity, among [`Minted::names`].
    pub(super) identity: Range<usize>,
}

/// A row that was not signed.
pub(super) struct Bad {
    pub(super) row: u64,
    /// Its line in the file, if there is one.
    pub(super) line: Option<u64>,
    pub(super) wrong: Wrong,
}

/// One thread's.
pub(super) struct Minter {
    recipe: Recipe,
    signer: Signer,
    lines: Lines,
    values: Vec<String>,
    /// Identity, name and room of the row at hand.
    names: [String; 3],
    /// Of a row of this order: what the next ones have in common with it.
    mould: Option<Mould>,
    /// Of the same row: when it ends, and whether it joins.
    expires_at: Timestamp,
    joins: bool,
    /// How many rows of an order may still be tried as one: none where the columns say that rows differ in more.
    tries: u8,
    may_be_alike: bool,
    chance: Chance,
}

impl Minter {
    pub(super) fn new(recipe: Recipe, signer: Signer) -> Self {
        let lines = Lines::new(recipe.format);
        let only_names = |column: &Column| match column {
            Column::Ignored => true,
            Column::Claim(entry) => NAMES.contains(&entry.path),
            Column::Key(_) => false,
        };
        let may_be_alike = recipe.columns.iter().all(only_names);
        let chance = Chance::of(RandomState::new().build_hasher().finish());
        Self {
            recipe,
            signer,
            lines,
            values: Vec::new(),
            names: Default::default(),
            mould: None,
            expires_at: Timestamp::from_unix(0),
            joins: false,
            tries: 0,
            may_be_alike,
            chance,
        }
    }

    /// Signs the rows of an order, up to the first bad one unless those are skipped.
    pub(super) fn mint(&mut self, order: &Order) -> Minted {
        let mut minted = Minted::default();
        // Rows may come for hours, and each token begins when it is made.
        let now = Timestamp::now();
        // Whatever the last order had in common began at another time.
        self.mould = None;
        self.tries = if self.may_be_alike { TRIES } else { 0 };
        match order {
            Order::Numbers { first, count } => {
                for row in *first..first + count {
                    if self.is_known(row, None) && self.moulded(row, &mut minted) {
                        continue;
                    }
                    let draft = self.draft(row);
                    if !self.one(row, None, Ok(draft), now, &mut minted) {
                        break;
                    }
                }
            }
            Order::Rows(piece) => {
                minted.bytes = piece.bytes.len() as u64;
                for (row, line, bytes) in piece.rows(self.recipe.shape) {
                    if self.is_known(row, Some(bytes)) && self.moulded(row, &mut minted) {
                        continue;
                    }
                    let draft = self.laid(row, bytes, now);
                    if !self.one(row, Some(line), draft, now, &mut minted) {
                        break;
                    }
                }
            }
            Order::Broken(_) => minted.stopped = true,
        }
        minted
    }

    /// Whether identity, name and room are all that makes this row another one than those before. If so, they are
    /// written down.
    fn is_known(&mut self, row: u64, bytes: Option<&[u8]>) -> bool {
        if self.mould.is_none() {
            return false;
        }
        let chance = &mut self.chance;
        if !self.recipe.base.fill_names(row, &mut || chance.number(), &mut self.names) {
            return false;
        }
        let Some(bytes) = bytes else { return true };
        let Shape::Csv(comma) = self.recipe.shape else { return false };
        let Ok(text) = std::str::from_utf8(bytes) else { return false };
        let Ok(count) = values(text, comma, &mut self.values) else { return false };
        count == self.recipe.columns.len()
            && self.recipe.columns.iter().zip(&self.values).all(|(column, value)| {
                let at = match column {
                    _ if value.is_empty() => return true,
                    Column::Ignored => return true,
                    Column::Claim(entry) => NAMES.iter().position(|path| *path == entry.path),
                    Column::Key(_) => None,
                };
                at.is_some_and(|at| {
                    value.clone_into(&mut self.names[at]);
                    true
                })
            })
    }

    /// Signs the row by what it has in common with those before; `false` if it has to go the long way.
    fn moulded(&mut self, row: u64, minted: &mut Minted) -> bool {
        let Some(mould) = &self.mould else { return false };
        let [identity, name, room] = &self.names;
        let names = Names { identity, name, room };
        let recorded = self.recipe.recorded.is_some();
        // What has a row of its own in the ledger has a draft in it.
        if recorded && (row <= Batch::EACH || minted.issued.is_empty()) || !mould.fits(&names) {
            return false;
        }
        for problem in mould.problems() {
            note(minted, problem, row);
        }
        let whose = Whose { identity, name, room, expires_at: self.expires_at };
        let signer = &mut self.signer;
        let written: Result<(), Infallible> = self.lines.write(row, &whose, &mut minted.lines, |out| {
            signer.append_of(mould, &names, out);
            Ok(())
        });
        let Ok(()) = written;
        if recorded {
            minted.last.clone_from(identity);
        }
        if self.recipe.may_repeat && self.joins && !identity.is_empty() {
            join(minted, row, identity, self.recipe.hasher.hash_one((identity, room)));
        }
        minted.count += 1;
        true
    }

    fn draft(&mut self, row: u64) -> Draft {
        let chance = &mut self.chance;
        self.recipe.base.fill(row, &mut || chance.number())
    }

    fn laid(&mut self, row: u64, bytes: &[u8], now: Timestamp) -> Result<Draft, Wrong> {
        let text = std::str::from_utf8(bytes).map_err(|_| Wrong {
            what: "it is not text (UTF-8)".into(),
            cure: "save the file as UTF-8".into(),
        })?;
        let mut draft = self.draft(row);
        let recipe = &self.recipe;
        match recipe.shape {
            Shape::Jsonl => columns::lay_json(text, &recipe.ignored, &mut draft, now, &recipe.zone)?,
            Shape::Csv(comma) => {
                let count = values(text, comma, &mut self.values).map_err(|_| bad_quotes())?;
                columns::lay(&recipe.columns, &self.values[..count], &mut draft, now, &recipe.zone)?;
            }
        }
        Ok(draft)
    }

    /// Signs one; `false` if that was the last.
    fn one(
        &mut self,
        row: u64,
        line: Option<u64>,
        draft: Result<Draft, Wrong>,
        now: Timestamp,
        minted: &mut Minted,
    ) -> bool {
        let signed = draft.and_then(|draft| self.sign(row, draft, now, minted));
        match signed {
            Ok(()) => {
                minted.count += 1;
                true
            }
            Err(wrong) => {
                minted.bad.push(Bad { row, line, wrong });
                minted.stopped = !self.recipe.skip_bad;
                !minted.stopped
            }
        }
    }

    fn sign(&mut self, row: u64, mut draft: Draft, now: Timestamp, minted: &mut Minted) -> Result<(), Wrong> {
        let recipe = &self.recipe;
        if recipe.joins && asks_for_nothing(&draft.grants) {
            draft.grants.video.room_join = true;
        }
        if recipe.generate && draft.grants.video.room_join {
            for (text, what) in [(&mut draft.identity, "participant"), (&mut draft.grants.video.room, "room")]
            {
                if text.is_empty() {
                    *text = format!("{what}-{:08x}", self.chance.number() & 0xffff_ffff);
                }
            }
        }
        let ttl = draft.ttl;
        let claims = draft.into_claims(&recipe.key, now);
        if let Some(meant) = &recipe.meant
            && let Some(power) = recipe.policy.asks_twice(&claims).iter().find(|power| !meant.contains(power))
        {
            return Err(Wrong {
                what: format!("the project is production, and the row gives {power}"),
                cure: "leave it out, or say --yes-production".into(),
            });
        }
        let mut found = of_claims(&claims, Some(ttl), now);
        found.extend(of_policy(&claims, &recipe.policy));
        for problem in &found {
            let forced = recipe.force && problem.rule.can_be_overruled();
            if problem.rule.severity == Severity::Error && !forced {
                return Err(Wrong {
                    what: format!("{} [{}]", problem.message, problem.rule.id),
                    cure: match problem.path {
                        Some(path) => format!("{} ({} or a column)", problem.rule.cure, flag(path)),
                        None => problem.rule.cure.into(),
                    },
                });
            }
            note(minted, problem, row);
        }
        let signer = &mut self.signer;
        let before = minted.lines.len();
        let mut token = 0..0;
        let written = self.lines.write(row, &(&claims).into(), &mut minted.lines, |out| {
            let start = out.len();
            signer.append(&claims, out)?;
            token = start..out.len();
            Ok::<_, SignError>(())
        });
        if let Err(error) = written {
            minted.lines.truncate(before);
            return Err(Wrong { what: error.to_string(), cure: error.hint() });
        }
        if let Some(project) = &self.recipe.recorded {
            if row <= Batch::EACH || minted.issued.is_empty() {
                let fingerprint = Fingerprint::of(&minted.lines[token]);
                minted.issued.push(Row::of(project, &claims, fingerprint, By::Batch));
            }
            minted.last.clone_from(&claims.identity);
        }
        self.joins = claims.grants.video.room_join;
        if self.recipe.may_repeat && self.joins && !claims.identity.is_empty() {
            let fingerprint = self.recipe.hasher.hash_one((&claims.identity, &claims.grants.video.room));
            join(minted, row, &claims.identity, fingerprint);
        }
        if self.mould.is_none() && self.tries > 0 {
            self.tries -= 1;
            self.mould = Mould::of(&claims, &found);
            self.expires_at = claims.expires_at.unwrap_or(Timestamp::from_unix(0));
        }
        Ok(())
    }
}

/// Where so many rows of an order have names that are out of the ordinary, the others will have, too.
const TRIES: u8 = 8;

/// The paths of [`Minter::names`].
const NAMES: [&str; 3] = ["sub", "name", "video.room"];

/// Counts something odd.
fn note(minted: &mut Minted, problem: &Problem, row: u64) {
    match minted.odd.iter_mut().find(|(other, ..)| other.rule == problem.rule) {
        Some((_, count, _)) => *count += 1,
        None => minted.odd.push((problem.clone(), 1, row)),
    }
}

/// Somebody joins.
fn join(minted: &mut Minted, row: u64, identity: &str, fingerprint: u64) {
    let start = minted.names.len();
    minted.names.push_str(identity);
    minted.participants.push(Participant { row, fingerprint, identity: start..minted.names.len() });
}

/// Whether no grant gives any power, so that the token would be of no use.
fn asks_for_nothing(grants: &Grants) -> bool {
    let video = &grants.video;
    !(video.room_join
        || video.room_create
        || video.room_list
        || video.room_record
        || video.room_admin
        || video.ingress_admin)
        && grants.sip.is_empty()
        && grants.agent.is_empty()
        && grants.agent_endpoint.is_empty()
        && grants.agent_thread.is_empty()
        && grants.agent_database.is_empty()
        && grants.inference.is_empty()
        && grants.observability.is_empty()
        && grants.sha256.is_empty()
}

fn bad_quotes() -> Wrong {
    Wrong {
        what: "its quotes do not fit".into(),
        cure: "put the whole value in quotes, and double the quotes inside".into(),
    }
}
