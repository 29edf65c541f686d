//! Kept ways of looking at a register.

use model::ids::UserId;
use store::views::{self, View};

use crate::{both, write};

fn view(name: &str, query: &str) -> View {
    View { name: name.to_owned(), query: query.to_owned() }
}

both! {
    async fn views_are_their_owners_by_name(test: &TestDb) {
        let mut tx = write(test).await;
        let (one, other) = (UserId(1), UserId(2));
        views::put(&mut tx, one, "form", &view("乙", "q=1")).await.unwrap();
        views::put(&mut tx, one, "form", &view("a", "q=2")).await.unwrap();
        views::put(&mut tx, one, "form", &view("a", "q=3")).await.unwrap();
        views::put(&mut tx, one, "other", &view("a", "q=4")).await.unwrap();
        views::put(&mut tx, other, "form", &view("a", "q=5")).await.unwrap();
        views::delete(&mut tx, other, "form", "none such").await.unwrap();
        assert_eq!(views::list(&mut tx, one, "form").await.unwrap(), [view("a", "q=3"), view("乙", "q=1")]);
        views::delete(&mut tx, one, "form", "a").await.unwrap();
        assert_eq!(views::list(&mut tx, one, "form").await.unwrap(), [view("乙", "q=1")]);
        assert_eq!(views::list(&mut tx, other, "form").await.unwrap(), [view("a", "q=5")]);
    }
}
