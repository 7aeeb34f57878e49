//! Writes what the fuzzer begins with: the tokens of the official SDKs and their payloads, and a thousand pastes that
//! are wrong in some way. `cargo run --bin seeds`, in this folder.

use std::path::Path;
use std::{fs, io};

use roomkey_fuzz::inputs::{Inputs, payloads, tokens};

fn main() -> io::Result<()> {
    let generated = Inputs::new(1).take(1_000);
    let seeds: Vec<String> = tokens().into_iter().chain(payloads()).chain(generated).collect();
    for target in ["inspect", "screen"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
        fs::create_dir_all(&folder)?;
        for (i, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{i:04}")), seed)?;
        }
    }
    Ok(())
}
