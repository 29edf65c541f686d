//! Turns `messages/zh.toml` and `messages/en.toml` into one method per key.
//! A key or placeholder that is in one language only stops the build.

use std::{env, error::Error, fmt::Write, fs, path::Path};

#[path = "src/catalogue.rs"]
mod catalogue;

use catalogue::{Message, POSITIONAL};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/catalogue.rs");
    println!("cargo::rerun-if-changed=messages");
    let chinese = fs::read_to_string("messages/zh.toml")?;
    let english = fs::read_to_string("messages/en.toml")?;
    let messages = match catalogue::read(&chinese, &english) {
        Ok(messages) => messages,
        Err(faults) => {
            for fault in &faults {
                println!("cargo::error=crates/words/{fault}");
            }
            return Ok(());
        }
    };
    #[expect(clippy::disallowed_methods, reason = "cargo tells a build script its directory this way")]
    let directory = env::var("OUT_DIR")?;
    fs::write(Path::new(&directory).join("messages.rs"), generate(&messages)?)?;
    Ok(())
}

/// The source text that `lib.rs` includes.
fn generate(messages: &[Message]) -> Result<String, Box<dyn Error>> {
    let mut source = String::new();
    writeln!(source, "/// Every key that has a method, in order.")?;
    writeln!(source, "pub const KEYS: &[&str] = &[")?;
    for message in messages.iter().filter(|message| !message.is_positional()) {
        writeln!(source, "    {:?},", message.key)?;
    }
    writeln!(source, "];\n")?;
    for area in POSITIONAL {
        writeln!(source, "/// Name, Chinese, English of every message of `[{area}]`.")?;
        writeln!(source, "const {}: &[(&str, &str, &str)] = &[", area.to_uppercase())?;
        for message in messages {
            if let Some(name) = message.name_in(area) {
                writeln!(source, "    ({name:?}, {:?}, {:?}),", message.chinese, message.english)?;
            }
        }
        writeln!(source, "];\n")?;
    }
    writeln!(source, "impl Words {{")?;
    for message in messages.iter().filter(|message| !message.is_positional()) {
        method(&mut source, message)?;
    }
    writeln!(source, "}}")?;
    Ok(source)
}

/// One method: `&'static str` for a fixed text, `String` for one with placeholders.
fn method(
    source: &mut String,
    Message { key, chinese, english, placeholders }: &Message,
) -> std::fmt::Result {
    let name = key.replace('.', "_");
    writeln!(source, "    /// `{key}`: {}", chinese.replace('\n', " "))?;
    if placeholders.is_empty() {
        writeln!(source, "    pub const fn {name}(self) -> &'static str {{")?;
        writeln!(source, "        match self.0 {{")?;
        writeln!(source, "            Language::Chinese => {chinese:?},")?;
        writeln!(source, "            Language::English => {english:?},")?;
    } else {
        let arguments: Vec<String> =
            placeholders.iter().map(|name| format!("{name}: impl Display")).collect();
        writeln!(source, "    pub fn {name}(self, {}) -> String {{", arguments.join(", "))?;
        if chinese == english {
            // A text that consists of what the campaign says is the same in both languages.
            return writeln!(source, "        format!({chinese:?})\n    }}\n");
        }
        writeln!(source, "        match self.0 {{")?;
        writeln!(source, "            Language::Chinese => format!({chinese:?}),")?;
        writeln!(source, "            Language::English => format!({english:?}),")?;
    }
    writeln!(source, "        }}\n    }}\n")
}
