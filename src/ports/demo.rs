//! What `--demo` shows.

use crate::claims::draft::Draft;
use crate::claims::policy::{Colour, ProjectPolicy};
use crate::claims::presets::Preset;
use crate::claims::presets::own::Shelf;
use crate::clock::{Timestamp, Ttl, Zone};
use crate::ledger::{By, Row};
use crate::project::{ApiKey, ApiSecret, Listing, Project, ProjectName, ServerUrl};
use crate::settings::policies::Policies;
use crate::token::sign;

/// The projects of `--demo`. Nobody's: the hosts are reserved names, the keys and secrets made up.
pub(super) fn projects() -> Vec<Project> {
    const DEMO: [(&str, &str, &str, &str); 3] = [
        (
            "acme-staging",
            "wss://staging.acme.example",
            "APIfakeStaging7",
            "fake-demo-secret-staging-0123456789abcdef",
        ),
        (
            "acme-prod",
            "wss://live.acme.example",
            "APIfakeLive4",
            "fake-demo-secret-live-0123456789abcdefghij",
        ),
        (
            "home lab",
            "ws://livekit.home.arpa:7880",
            "APIfakeHome1",
            "fake-demo-secret-home-0123456789abcdefghij",
        ),
    ];
    DEMO.iter()
        .filter_map(|(name, url, key, secret)| {
            Some(Project {
                listing: Listing {
                    name: ProjectName::parse(name).ok()?,
                    url: ServerUrl::parse(url).ok()?.value,
                    key: ApiKey::parse(key).ok()?.value,
                    old: None,
                },
                secret: ApiSecret::parse(secret).ok()?.value,
                old_secret: None,
            })
        })
        .collect()
}

/// What may be signed for them: people are on one of them.
pub(super) fn policies() -> Policies {
    let mut policies = Policies::default();
    if let Ok(name) = ProjectName::parse("acme-prod") {
        let policy = ProjectPolicy {
            colour: Some(Colour::Red),
            max_ttl: Some(86_400),
            production: true,
            ..ProjectPolicy::default()
        };
        policies.set(&name, policy);
    }
    policies
}

/// The presets of the demo's own.
pub(super) fn presets() -> Shelf {
    const DEMO: [(&str, &str, &str); 2] = [
        (
            "Support guest",
            "a caller of the support desk, in today's room",
            r#"{"identity": "guest-{rand4}", "ttl": "30m", "video": {"roomJoin": true, "room": "support-{date}",
                "canPublishSources": ["microphone", "screen_share"]}}"#,
        ),
        (
            "Load test",
            "a numbered publisher that receives nothing",
            r#"{"identity": "load-{n}", "ttl": "15m", "video": {"roomJoin": true, "room": "load-{user}",
                "canPublish": true, "canSubscribe": false}}"#,
        ),
    ];
    let zone = Zone::utc();
    DEMO.iter()
        .filter_map(|(name, summary, draft)| {
            let draft = Draft::from_json(draft, Timestamp::from_unix(0), &zone).ok()?;
            Preset::own(name, summary, draft).ok()
        })
        .collect()
}

/// The tokens that were issued before the demo began, oldest first.
pub(super) fn issued(now: Timestamp) -> Vec<Row> {
    /// Project, seconds since, time to live, identity, grant, by.
    type Issued = (usize, i64, u64, &'static str, &'static str, By);
    const ROWS: [Issued; 6] = [
        (1, 90_000, 3_600, "recorder", r#"{"roomRecord": true, "room": "demo"}"#, By::Create),
        (0, 7_500, 3_600, "bob", r#"{"roomJoin": true, "room": "demo"}"#, By::Screens),
        (
            1,
            5_400,
            86_400,
            "host-1",
            r#"{"roomJoin": true, "roomAdmin": true, "room": "all-hands"}"#,
            By::Create,
        ),
        (
            2,
            2_000,
            14_400,
            "kitchen",
            r#"{"roomJoin": true, "room": "house", "canPublish": false}"#,
            By::Screens,
        ),
        (
            1,
            1_900,
            3_600,
            "guest-k2p9",
            r#"{"roomJoin": true, "room": "support-4711", "canPublish": false}"#,
            By::Screens,
        ),
        (0, 9, 3_600, "alice-7f3a", r#"{"roomJoin": true, "room": "demo"}"#, By::Screens),
    ];
    let projects = projects();
    ROWS.iter()
        .filter_map(|(project, ago, lasts, identity, grant, by)| {
            let project = projects.get(*project)?;
            let mut draft =
                Draft { identity: (*identity).to_owned(), ttl: Ttl::For(*lasts), ..Draft::default() };
            draft.lay_grant(grant).ok()?;
            let claims = draft.claims(&project.listing.key, now.plus(-ago));
            let token = sign(&claims, &project.secret).ok()?;
            Some(Row::of(project, &claims, token.fingerprint(), *by))
        })
        .collect()
}
