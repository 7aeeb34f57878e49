//! scrypt ([RFC 7914](https://www.rfc-editor.org/rfc/rfc7914)) with r = 8 and p = 1, as age uses it, in a quarter of
//! its memory.
//!
//! scrypt fills a table of N blocks of 1 KiB, each made from the one before, and then looks blocks up in it. Here only
//! every fourth block is kept, and the up to three after it are made anew when they are asked for: 3.5 N mixings in
//! place of 2 N. What comes out is the same for every input; how much memory an attacker needs is the attacker's
//! choice in any case.

use std::fmt;

use salsa20::SalsaCore;
use salsa20::cipher::StreamCipherCore;
use salsa20::cipher::typenum::U4;
use sha2::Sha256;
use zeroize::Zeroizing;

/// One in so many blocks of the table is kept.
const KEPT: usize = 4;

/// 16 blocks of Salsa20, which are 128 r bytes, as its words.
type Block = [u32; 256];

/// There is no memory for the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRoom {
    /// The binary logarithm of N that was asked for.
    pub log_n: u8,
}

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no memory for scrypt with N = 2^{}", self.log_n)
    }
}

impl std::error::Error for NoRoom {}

/// The bytes of the table for N = 2^`log_n`; `None` if no number is so great.
#[must_use]
pub fn bytes(log_n: u8) -> Option<usize> {
    kept::<KEPT>(log_n)?.checked_mul(size_of::<Block>())
}

/// The key that N = 2^`log_n` makes of a passphrase and a salt. All that it is made from is wiped.
///
/// # Errors
/// [`NoRoom`] if the table cannot be allocated. Nothing was computed then.
pub fn scrypt(passphrase: &[u8], salt: &[u8], log_n: u8, out: &mut [u8; 32]) -> Result<(), NoRoom> {
    keeping::<KEPT>(passphrase, salt, log_n, out)
}

fn keeping<const KEPT: usize>(
    passphrase: &[u8],
    salt: &[u8],
    log_n: u8,
    out: &mut [u8; 32],
) -> Result<(), NoRoom> {
    let mut table = Zeroizing::new(Vec::new());
    let room = kept::<KEPT>(log_n).and_then(|blocks| table.try_reserve_exact(blocks).ok());
    room.ok_or(NoRoom { log_n })?;

    let mut bytes = Zeroizing::new([0; size_of::<Block>()]);
    pbkdf2::pbkdf2_hmac::<Sha256>(passphrase, salt, 1, &mut *bytes);
    let mut block = Zeroizing::new([0; 256]);
    for (word, bytes) in block.iter_mut().zip(bytes.as_chunks().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    // The logarithm is below 64, or the table would have had no room.
    rom_mix::<KEPT>(&mut block, &mut table, 1 << log_n);
    for (word, bytes) in block.iter().zip(bytes.as_chunks_mut().0) {
        *bytes = word.to_le_bytes();
    }
    pbkdf2::pbkdf2_hmac::<Sha256>(passphrase, &*bytes, 1, out);
    Ok(())
}

/// How many blocks are kept of 2^`log_n`; `None` if no number is so great.
fn kept<const KEPT: usize>(log_n: u8) -> Option<usize> {
    Some(1_usize.checked_shl(log_n.into())?.div_ceil(KEPT))
}

/// scryptROMix of RFC 7914, section 5, with a table that has room for what is kept of `n` blocks.
fn rom_mix<const KEPT: usize>(block: &mut Block, table: &mut Vec<Block>, n: u64) {
    let mut buffers = Zeroizing::new([[0; 256]; 3]);
    let [spare, again, spare_again] = &mut *buffers;
    let (mut x, mut spare, mut again, mut spare_again) = (&mut *block, spare, again, spare_again);
    let mut since_kept = 0;
    for _ in 0..n {
        if since_kept == 0 {
            table.push(*x);
        }
        since_kept = (since_kept + 1) % KEPT;
        mix(x, spare);
        std::mem::swap(&mut x, &mut spare);
    }
    for _ in 0..n {
        // N is a power of two, and no greater than the table's index can be.
        #[expect(clippy::cast_possible_truncation, reason = "below N, which is a number of blocks in memory")]
        let wanted = ((u64::from(x[241]) << 32 | u64::from(x[240])) & (n - 1)) as usize;
        let nearest = &table[wanted / KEPT];
        match wanted % KEPT {
            0 => xor(x, nearest),
            after => {
                mix(nearest, again);
                for _ in 1..after {
                    mix(again, spare_again);
                    std::mem::swap(&mut again, &mut spare_again);
                }
                xor(x, again);
            }
        }
        mix(x, spare);
        std::mem::swap(&mut x, &mut spare);
    }
    // 2 N mixings, an even number: `x` is the caller's block again.
}

/// scryptBlockMix of RFC 7914, section 4.
fn mix(input: &Block, output: &mut Block) {
    let (input, output) = (input.as_chunks::<16>().0, output.as_chunks_mut::<16>().0);
    let mut x = input[15];
    let mut bytes = [0; 64];
    for (number, chunk) in input.iter().enumerate() {
        for (word, other) in x.iter_mut().zip(chunk) {
            *word ^= other;
        }
        // Four double rounds are Salsa20/8.
        SalsaCore::<U4>::from_raw_state(x).write_keystream_block((&mut bytes).into());
        for (word, bytes) in x.iter_mut().zip(bytes.as_chunks().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        // Those of even number make the first half.
        output[number / 2 + number % 2 * 8] = x;
    }
}

fn xor(block: &mut Block, other: &Block) {
    for (word, other) in block.iter_mut().zip(other) {
        *word ^= other;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(passphrase: &[u8], salt: &[u8], log_n: u8) -> [u8; 32] {
        let mut out = [0; 32];
        let params = scrypt::Params::new(log_n, 8, 1, 32).unwrap();
        scrypt::scrypt(passphrase, salt, &params, &mut out).unwrap();
        out
    }

    fn ours<const KEPT: usize>(passphrase: &[u8], salt: &[u8], log_n: u8) -> [u8; 32] {
        let mut out = [0; 32];
        keeping::<KEPT>(passphrase, salt, log_n, &mut out).unwrap();
        out
    }

    #[test]
    fn it_makes_the_key_of_rfc_7914() {
        // Section 12, N = 16384, r = 8, p = 1: the first half of its 64 bytes.
        let key = "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2";
        let key: Vec<u8> =
            (0..64).step_by(2).map(|at| u8::from_str_radix(&key[at..at + 2], 16).unwrap()).collect();
        let mut out = [0; 32];
        scrypt(b"pleaseletmein", b"SodiumChloride", 14, &mut out).unwrap();
        assert_eq!(out[..], key);
    }

    #[test]
    fn mixing_is_that_of_rfc_7914() {
        // Section 9 has r = 1 only; its 16 words are Salsa20/8 of section 8, which any r is made of.
        let words = |hex: &str| -> [u32; 16] {
            let hex: String = hex.split_whitespace().collect();
            std::array::from_fn(|i| {
                let word = u32::from_str_radix(&hex[8 * i..8 * i + 8], 16).unwrap();
                word.swap_bytes()
            })
        };
        let input = words(
            "7e879a21 4f3ec986 7ca940e6 41718f26 baee555b 8c61c1b5 0df84611 6dcd3b1d
             ee24f319 df9b3d85 14121e4b 5ac5aa32 76021d29 09c74829 edebc68d b8b8c25e",
        );
        let output = words(
            "a41f859c 6608cc99 3b81cacb 020cef05 044b2181 a2fd337d fd7b1c63 96682f29
             b4393168 e3c9e6bc fe6bc5b7 a06d96ba e424cc10 2c91745c 24ad673d c7618f81",
        );
        // All but the first chunk are zero, so the first result is Salsa20/8 of the first chunk alone.
        let (mut block, mut mixed) = ([0; 256], [0; 256]);
        block[..16].copy_from_slice(&input);
        mix(&block, &mut mixed);
        assert_eq!(mixed[..16], output);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn however_much_is_kept_the_key_is_the_same(
            passphrase in proptest::collection::vec(any::<u8>(), 0..80),
            salt in proptest::collection::vec(any::<u8>(), 0..60),
            log_n in 1_u8..=12,
        ) {
            let (passphrase, salt) = (&passphrase[..], &salt[..]);
            let key = whole(passphrase, salt, log_n);
            prop_assert_eq!(ours::<KEPT>(passphrase, salt, log_n), key);
            prop_assert_eq!(ours::<1>(passphrase, salt, log_n), key);
            prop_assert_eq!(ours::<2>(passphrase, salt, log_n), key);
            // Where the last block that is kept has fewer after it than the others.
            prop_assert_eq!(ours::<3>(passphrase, salt, log_n), key);
            prop_assert_eq!(ours::<7>(passphrase, salt, log_n), key);
            // Where there is but one for all.
            let least = log_n.min(5);
            prop_assert_eq!(ours::<64>(passphrase, salt, least), whole(passphrase, salt, least));
        }
    }

    #[test]
    fn the_table_is_a_quarter_of_the_whole_and_one_without_room_is_refused() {
        assert_eq!(
            [1, 2, 10, 17, 22].map(|log_n| bytes(log_n).unwrap() >> 10),
            [1, 1, 256, 32 << 10, 1 << 20]
        );
        let mut out = [1; 32];
        for log_n in [56, 63, 64, u8::MAX] {
            assert_eq!(scrypt(b"fake", b"salt", log_n, &mut out), Err(NoRoom { log_n }));
        }
        assert_eq!(out, [1; 32]);
        assert_eq!(bytes(64), None);
        assert_eq!(NoRoom { log_n: 22 }.to_string(), "there is no memory for scrypt with N = 2^22");
    }
}
