//! A program of which it is known what is hot: three times as much work as what is cold.
use std::fs::File;
use std::hint::black_box;
use std::io::Write;

use pprof::protos::Message;

#[inline(never)]
fn hot(n: u32) -> f64 {
    (1..n).fold(0.0, |sum, i| black_box(sum + 1.0 / f64::from(i)))
}

#[inline(never)]
fn cold(n: u32) -> f64 {
    (1..n).fold(0.0, |sum, i| black_box(sum + 1.0 / f64::from(i + 1)))
}

fn main() {
    let guard = pprof::ProfilerGuard::new(100).unwrap();
    let sum: f64 = (0..250).map(|_| hot(3_000_000) + cold(1_000_000)).sum();
    println!("{sum}");
    let report = guard.report().build().unwrap();
    let proto = report.pprof().unwrap().write_to_bytes().unwrap();
    File::create("pprof-rs.pb").unwrap().write_all(&proto).unwrap();
    println!("total {}", report.data.values().sum::<isize>());
}
