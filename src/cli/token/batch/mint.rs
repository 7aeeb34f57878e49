//! From rows to signed lines: what each of the working threads does.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use super::super::draft::flag;
use super::columns::{self, Column, Wrong};
use super::output::{Format, Lines};
use super::record::EACH;
use super::rows::{Piece, Shape, values};
use crate::claims::Grants;
use crate::claims::draft::Draft;
use crate::claims::placeholders::{DraftTemplate, next_number};
use crate::claims::problems::{Problem, Severity, of_claims};
use crate::clock::{Timestamp, Zone};
use crate::ledger::{By, Row};
use crate::project::{ApiKey, Project};
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
    /// Whose tokens are written down; none if they are not.
    pub(super) recorded: Option<Arc<Project>>,
    pub(super) zone: Zone,
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
    /// Every participant that joins: its row, its identity, and the fingerprint of identity and room.
    pub(super) participants: Vec<(u64, String, u64)>,
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
    random: u64,
}

impl Minter {
    pub(super) fn new(recipe: Recipe, signer: Signer) -> Self {
        let lines = Lines::new(recipe.format);
        let random = RandomState::new().build_hasher().finish();
        Self { recipe, signer, lines, values: Vec::new(), random }
    }

    /// Signs the rows of an order, up to the first bad one unless those are skipped.
    pub(super) fn mint(&mut self, order: &Order) -> Minted {
        let mut minted = Minted::default();
        // Rows may come for hours, and each token begins when it is made.
        let now = Timestamp::now();
        match order {
            Order::Numbers { first, count } => {
                for row in *first..first + count {
                    let draft = self.draft(row);
                    if !self.one(row, None, Ok(draft), now, &mut minted) {
                        break;
                    }
                }
            }
            Order::Rows(piece) => {
                minted.bytes = piece.bytes.len() as u64;
                for (row, line, bytes) in piece.rows(self.recipe.shape) {
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

    fn draft(&mut self, row: u64) -> Draft {
        let random = &mut self.random;
        self.recipe.base.fill(row, &mut || next_number(random))
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
                    *text = format!("{what}-{:08x}", next_number(&mut self.random) & 0xffff_ffff);
                }
            }
        }
        let ttl = draft.ttl;
        let mut claims = draft.into_claims(&recipe.key, now);
        for problem in of_claims(&claims, Some(ttl), now) {
            if problem.rule.severity == Severity::Error && !recipe.force {
                return Err(Wrong {
                    what: format!("{} [{}]", problem.message, problem.rule.id),
                    cure: match problem.path {
                        Some(path) => format!("{} ({} or a column)", problem.rule.cure, flag(path)),
                        None => problem.rule.cure.into(),
                    },
                });
            }
            match minted.odd.iter_mut().find(|(other, ..)| other.rule == problem.rule) {
                Some((_, count, _)) => *count += 1,
                None => minted.odd.push((problem, 1, row)),
            }
        }
        let signer = &mut self.signer;
        let before = minted.lines.len();
        let mut token = 0..0;
        let written = self.lines.write(row, &claims, &mut minted.lines, |out| {
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
            if row <= EACH || minted.issued.is_empty() {
                let fingerprint = Fingerprint::of(&minted.lines[token]);
                minted.issued.push(Row::of(project, &claims, fingerprint, By::Batch));
            }
            minted.last.clone_from(&claims.identity);
        }
        if claims.grants.video.room_join && !claims.identity.is_empty() {
            let fingerprint = self.recipe.hasher.hash_one((&claims.identity, &claims.grants.video.room));
            minted.participants.push((row, std::mem::take(&mut claims.identity), fingerprint));
        }
        Ok(())
    }
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
