//! One project from `LIVEKIT_URL`, `LIVEKIT_API_KEY` and `LIVEKIT_API_SECRET`: all three or none.

use std::ffi::OsString;
use std::fmt::Display;

use zeroize::Zeroizing;

use super::{Backend, Provider, Store, StoreError};
use crate::project::{ApiKey, ApiSecret, Listing, Project, ProjectName, ServerUrl};

const URL: &str = "LIVEKIT_URL";
const KEY: &str = "LIVEKIT_API_KEY";
const SECRET: &str = "LIVEKIT_API_SECRET";

/// The project that the environment describes, under the name `environment`. Cannot be changed.
pub struct Environment {
    project: Project,
}

impl Environment {
    /// Reads the three variables through `lookup`. `None` if none of them is set; an empty one counts as not set.
    ///
    /// # Errors
    /// [`StoreError::PartialEnvironment`] naming what is missing, or [`StoreError::BadEnvironment`].
    pub fn detect(lookup: &dyn Fn(&str) -> Option<OsString>) -> Result<Option<Self>, StoreError> {
        let [url, key, secret] = [URL, KEY, SECRET].map(|variable| read(variable, lookup));
        let (url, key, secret) = match (url?, key?, secret?) {
            (None, None, None) => return Ok(None),
            (Some(url), Some(key), Some(secret)) => (url, key, secret),
            (url, key, secret) => {
                let missing = [(URL, url), (KEY, key), (SECRET, secret)];
                let missing = missing.into_iter().filter(|(_, value)| value.is_none());
                return Err(StoreError::PartialEnvironment {
                    missing: missing.map(|(name, _)| name).collect(),
                });
            }
        };
        let listing = Listing {
            name: name()?,
            url: ServerUrl::parse(&url).map_err(|error| bad(URL, &error, error.hint()))?.value,
            key: ApiKey::parse(&key).map_err(|error| bad(KEY, &error, error.hint()))?.value,
            old: None,
        };
        let secret = ApiSecret::parse(&secret).map_err(|error| bad(SECRET, &error, error.hint()))?.value;
        Ok(Some(Self { project: Project::new(listing, secret) }))
    }

    /// As [`detect`](Self::detect), for when the environment was asked for: none of the three is an error too.
    ///
    /// # Errors
    /// As [`detect`](Self::detect).
    pub fn require(lookup: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, StoreError> {
        Self::detect(lookup)?
            .ok_or_else(|| StoreError::PartialEnvironment { missing: vec![URL, KEY, SECRET] })
    }
}

fn name() -> Result<ProjectName, StoreError> {
    // A constant that parses; the error keeps this free of a panic.
    ProjectName::parse("environment").map_err(|error| bad("its name", &error, error.hint()))
}

fn bad(variable: &'static str, error: &dyn Display, cure: String) -> StoreError {
    StoreError::BadEnvironment { variable, reason: error.to_string(), cure }
}

fn read(
    variable: &'static str,
    lookup: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Option<Zeroizing<String>>, StoreError> {
    let Some(value) = lookup(variable) else { return Ok(None) };
    match value.into_string() {
        Ok(text) if text.trim().is_empty() => Ok(None),
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(_) => Err(StoreError::BadEnvironment {
            variable,
            reason: "it is not text".into(),
            cure: "set it again".into(),
        }),
    }
}

impl Store for Environment {
    fn backend(&self) -> Backend {
        Backend::Environment
    }

    fn list(&self) -> Result<Vec<Listing>, StoreError> {
        Ok(vec![self.project.listing.clone()])
    }

    fn load(&self, name: &ProjectName) -> Result<Project, StoreError> {
        if *name == self.project.listing.name {
            return Ok(self.project.clone());
        }
        Err(StoreError::unknown(name, [&self.project.listing.name]))
    }

    fn save(&mut self, _: &Project) -> Result<(), StoreError> {
        Err(StoreError::ReadOnly { backend: Backend::Environment })
    }

    fn remove(&mut self, _: &ProjectName) -> Result<(), StoreError> {
        Err(StoreError::ReadOnly { backend: Backend::Environment })
    }

    fn probe(&self) -> Result<Provider, StoreError> {
        Ok(Provider { name: "environment".into(), locked: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(set: &[(&str, &str)]) -> Result<Option<Project>, StoreError> {
        let lookup =
            |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value));
        Environment::detect(&lookup).map(|found| found.map(|environment| environment.project))
    }

    #[test]
    fn three_variables_make_a_project_and_none_make_none() {
        let project =
            detect(&[(URL, "https://acme.example/"), (KEY, "APIacme"), (SECRET, "fake-secret-0123456789\n")]);
        let project = project.unwrap().unwrap();
        assert_eq!(project.listing.name.as_str(), "environment");
        assert_eq!(project.listing.url.ws(), "wss://acme.example");
        assert_eq!(project.secret, ApiSecret::verbatim("fake-secret-0123456789".into()));
        assert_eq!(detect(&[]), Ok(None));
        assert_eq!(detect(&[(URL, ""), (KEY, " ")]), Ok(None));
    }

    #[test]
    fn a_part_of_the_three_is_an_error_that_names_the_rest() {
        for (set, told) in [
            (&[(KEY, "APIacme")][..], "LIVEKIT_URL and LIVEKIT_API_SECRET are not set in the environment"),
            (&[(KEY, "APIacme"), (SECRET, "fake")], "LIVEKIT_URL is not set in the environment"),
            (
                &[(URL, "wss://x"), (KEY, "k"), (SECRET, "")],
                "LIVEKIT_API_SECRET is not set in the environment",
            ),
        ] {
            let error = detect(set).unwrap_err();
            assert_eq!(error.to_string(), told);
            assert!(error.hint().contains("together"));
        }
        let error = Environment::require(&|_| None).err().unwrap();
        assert_eq!(
            error.to_string(),
            "LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET are not set in the environment"
        );
    }

    #[test]
    fn a_value_that_cannot_be_right_is_named_and_never_shown() {
        let error = detect(&[(URL, "wss://x"), (KEY, "k"), (SECRET, "fake canary\nfake")]).unwrap_err();
        assert!(error.to_string().starts_with("LIVEKIT_API_SECRET in the environment: "), "{error}");
        assert!(!error.to_string().contains("canary"));
        let error = detect(&[(URL, "ftp://x"), (KEY, "k"), (SECRET, "fake")]).unwrap_err();
        assert!(error.to_string().starts_with("LIVEKIT_URL in the environment: "), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_are_an_error() {
        use std::os::unix::ffi::OsStringExt;
        let error = Environment::detect(&|_| Some(OsString::from_vec(vec![0xff]))).err().unwrap();
        assert_eq!(error.to_string(), "LIVEKIT_URL in the environment: it is not text");
    }
}
