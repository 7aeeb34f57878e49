//! A camera: reads a QR code off lines of half blocks.

/// What the code on these lines says; `inverted` if the light modules are drawn.
#[track_caller]
pub(crate) fn read(lines: &[String], inverted: bool) -> String {
    const SCALE: usize = 4;
    let rows: Vec<Vec<char>> = lines.iter().map(|line| line.chars().collect()).collect();
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let dark = |x: usize, y: usize| {
        let drawn = match rows[y / 2].get(x).unwrap_or(&' ') {
            '█' => true,
            '▀' => y.is_multiple_of(2),
            '▄' => !y.is_multiple_of(2),
            ' ' => false,
            other => panic!("{other:?} in a code"),
        };
        drawn != inverted
    };
    let mut picture =
        rqrr::PreparedImage::prepare_from_bitmap(width * SCALE, rows.len() * 2 * SCALE, |x, y| {
            dark(x / SCALE, y / SCALE)
        });
    let grids = picture.detect_grids();
    assert_eq!(grids.len(), 1, "{}", lines.join("\n"));
    grids[0].decode().unwrap().1
}
