//! A disk that becomes full under a server, and has room again.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use testkit::eventually_blocking;

use crate::{Office, browser::Browser, server::Server};

/// Makes a small disk, puts the data on it, and becomes the server.
const ON_A_SMALL_DISK: &str = "mkdir \"$2\" && mount -t tmpfs -o size=40m tmpfs \"$2\" && cp -a \"$1\"/. \"$2\" && \
                               shift 2 && exec \"$@\"";

/// A server whose data is on a disk of its own; `None` where the system lets nobody make one.
fn on_a_small_disk(office: &Office) -> Option<(Server, PathBuf)> {
    let namespace = ["--user", "--map-root-user", "--mount"];
    let (source, disk) = (office.dir.path().join("data"), office.dir.path().join("disk"));
    let may = Command::new("unshare")
        .args(namespace)
        .args(["mount", "-t", "tmpfs", "tmpfs"])
        .arg(office.dir.path())
        .output();
    if !may.is_ok_and(|done| done.status.success()) {
        return None;
    }
    let mut command = Command::new("unshare");
    command.args(namespace).args(["sh", "-c", ON_A_SMALL_DISK, "sh"]).args([&source, &disk]);
    command.arg(env!("CARGO_BIN_EXE_jiangong")).args(["--data"]).arg(&disk);
    command.args(["serve", "--listen", "127.0.0.1:0", "--drain-seconds", "2"]);
    command.env_remove("JIANGONG_DATABASE").env("JIANGONG_LOG", "info");
    let server = Server::of(command);
    // Only the server itself sees the disk under its name.
    let disk = Path::new("/proc")
        .join(server.child.id().to_string())
        .join("root")
        .join(disk.strip_prefix("/").ok()?);
    Some((server, disk))
}

/// Writes until there is no room left.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    for size in [1 << 20, 4 << 10, 1] {
        while file.write_all(&vec![7; size]).is_ok() {}
    }
}

fn enter(browser: &mut Browser<'_>, number: u32) -> String {
    let (number, title) = (format!("D-{number}"), format!("关于{number}号灯的建议"));
    let fields = [
        ("field.number", &*number),
        ("field.title", &*title),
        ("field.proposed_on", "2012-03-05"),
        ("field.measure", "换灯"),
    ];
    browser.post("/units/210210100/registers/proposal", &fields)
}

#[test]
fn a_full_disk_is_said_and_with_room_again_everything_goes_on() {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    let args = ["user", "add", "li", "--name", "李", "--role", "city-office"];
    assert_eq!(office.say_with_input(&args, "brass kettle on the shelf\n").code, 0);
    let Some((server, disk)) = on_a_small_disk(&office) else { return };
    let mut browser = Browser::of(&server, "li", "brass kettle on the shelf", "only for measuring herons");
    let answer = enter(&mut browser, 0);
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    let filler = disk.join("filler");
    fill(&filler);
    let (mut stored, mut refused) = (1_u32, 0_u32);
    for number in 1..=40 {
        let answer = enter(&mut browser, number);
        if answer.starts_with("HTTP/1.1 303") {
            stored += 1;
        } else {
            assert!(answer.starts_with("HTTP/1.1 507") && answer.contains("磁盘"), "{answer}");
            refused += 1;
        }
    }
    assert!(refused > 0, "there was room for everything");
    let file =
        browser.upload("/imports", &[("key", "one"), ("kind", "register:proposal")], "a.csv", b"a,b\n1,2\n");
    assert!(file.starts_with("HTTP/1.1 507") && file.contains("磁盘"), "{file}");
    let ready = server.get("/readyz");
    assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("\"disk\":\"full\""), "{ready}");
    assert!(server.get("/healthz").contains("200 OK"));
    assert!(server.log().contains("the disk"), "{}", server.log());
    fs::remove_file(&filler).unwrap();
    let answer = enter(&mut browser, 100);
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    eventually_blocking("it is ready", || server.get("/readyz").starts_with("HTTP/1.1 200"));
    let list = browser.get("/units/210210100/registers/proposal");
    assert!(
        list.starts_with("HTTP/1.1 200") && list.contains("关于100号灯的建议") | list.contains("D-100"),
        "{list}"
    );
    // Another program sees the files under their names only when they lie elsewhere.
    for name in ["jiangong.db", "jiangong.db-wal"] {
        fs::copy(disk.join(name), office.dir.path().join("data").join(name)).unwrap();
    }
    let found = office.query(10_000, "SELECT count(*) FROM fact").unwrap();
    assert_eq!(found, (stored + 1).to_string(), "what was acknowledged is stored, and nothing else");
    server.signal("TERM");
    assert_eq!(server.ended().0, Some(0));
}
