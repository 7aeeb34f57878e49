//! What the Serve screen was told: where it listens, whose pages may ask, what it hands out.

use toml::de::DeValue;

/// The port of the token endpoint, unless another is chosen.
pub const PORT: u16 = 7878;
/// The port of the receiver of webhooks, unless another is chosen.
pub const WEBHOOK_PORT: u16 = 7879;

/// What was chosen for the Serve screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serve {
    /// `serve_port`: the port of the token endpoint; 0 is any that is free.
    pub port: u16,
    /// `serve_webhook_port`: the port of the receiver of webhooks.
    pub webhook_port: u16,
    /// `serve_origins`: whose pages may ask besides those of this machine.
    pub origins: Vec<String>,
    /// `serve_policy`: the policy file; without it the composer's draft is the most that is handed out.
    pub policy: Option<String>,
}

impl Default for Serve {
    fn default() -> Self {
        Self { port: PORT, webhook_port: WEBHOOK_PORT, origins: Vec::new(), policy: None }
    }
}

/// A port.
pub(super) fn port(value: &DeValue<'_>) -> Option<u16> {
    let number = value.as_integer()?;
    u16::from_str_radix(number.as_str(), number.radix()).ok()
}

/// A list of texts.
pub(super) fn texts(value: &DeValue<'_>) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|text| text.get_ref().as_str().map(str::to_owned)).collect()
}

/// A list of texts as it is written; none is not.
pub(super) fn written(texts: &[String]) -> Option<String> {
    let all: Vec<toml::Value> = texts.iter().map(|text| toml::Value::from(text.as_str())).collect();
    (!all.is_empty()).then(|| toml::Value::Array(all).to_string())
}
