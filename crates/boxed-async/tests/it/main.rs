//! What becomes of functions with the attribute: here they are called.

use std::{future::Future, pin::Pin, task};

use boxed_async::boxed_async;

/// Runs a future that waits for nothing.
fn ready<T>(mut future: Pin<Box<dyn Future<Output = T> + Send + '_>>) -> T {
    match future.as_mut().poll(&mut task::Context::from_waker(task::Waker::noop())) {
        task::Poll::Ready(value) => value,
        task::Poll::Pending => panic!("it waits"),
    }
}

struct Borrowed<'a>(&'a str);

struct Counter(u32);

impl Counter {
    #[boxed_async]
    async fn add(&mut self, text: &str, more: Borrowed<'_>) -> usize {
        self.0 += 1;
        text.len() + more.0.len()
    }

    #[boxed_async]
    async fn into_number(self) -> u32 {
        self.0
    }
}

#[boxed_async]
async fn nothing() {}

#[boxed_async]
async fn first(words: &[&str], fits: &(dyn Fn(&str) -> bool + Sync)) -> Result<Option<String>, String> {
    if words.is_empty() {
        return Err("no words".to_owned());
    }
    Ok(words.iter().find(|word| fits(word)).map(|word| (*word).to_owned()))
}

#[boxed_async]
async fn of_static(name: &'static str, (mut sum, more): (u8, u8)) -> (&'static str, u8) {
    sum += more;
    (name, sum)
}

#[test]
fn functions_do_what_they_did() {
    let mut counter = Counter(0);
    assert_eq!(ready(counter.add("ab", Borrowed("c"))), 3);
    assert_eq!(ready(counter.into_number()), 1);
    ready(nothing());
    assert_eq!(ready(first(&["a", "bc"], &|word| word.len() == 2)), Ok(Some("bc".to_owned())));
    assert_eq!(ready(first(&[], &|_| true)), Err("no words".to_owned()));
    assert_eq!(ready(of_static("x", (1, 2))), ("x", 3));
}
