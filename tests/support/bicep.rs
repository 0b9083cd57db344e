//! A reader of the part of Bicep that envelopes use: parameters, resources, and values of every kind.

use serde_json::{Map, Number, Value};

/// A declared resource.
pub struct Resource {
    pub symbol: String,
    /// The type and the API's version.
    pub ty: String,
    pub is_existing: bool,
    pub body: Value,
}

/// The resources of a file; a name that stands for a value is that name in angle brackets.
pub fn parse(text: &str) -> Result<Vec<Resource>, String> {
    let mut parser = Parser { text, at: 0 };
    let mut resources = Vec::new();
    loop {
        parser.blank(true);
        if parser.rest().is_empty() {
            return Ok(resources);
        }
        match parser.word()? {
            "param" => {
                parser.blank(false);
                parser.word()?;
                parser.blank(false);
                parser.word()?;
            }
            "resource" => resources.push(parser.resource()?),
            other => return Err(format!("neither a parameter nor a resource: {other}")),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn blank(&mut self, lines: bool) {
        let is_blank = |c: char| c == ' ' || lines && c == '\n';
        self.at += self.rest().len() - self.rest().trim_start_matches(is_blank).len();
    }

    fn take(&mut self, token: &str) -> bool {
        let is_next = self.rest().starts_with(token);
        self.at += if is_next { token.len() } else { 0 };
        is_next
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.take(token) { Ok(()) } else { Err(format!("no `{token}` before {:.40}", self.rest())) }
    }

    fn word(&mut self) -> Result<&'a str, String> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        self.at += end;
        if end == 0 { Err(format!("no word before {rest:.40}")) } else { Ok(&rest[..end]) }
    }

    fn resource(&mut self) -> Result<Resource, String> {
        self.blank(false);
        let symbol = self.word()?.to_owned();
        self.blank(false);
        let ty = self.string()?;
        self.blank(false);
        let is_existing = self.take("existing");
        self.blank(false);
        self.expect("=")?;
        self.blank(false);
        let body = self.value()?;
        Ok(Resource { symbol, ty, is_existing, body })
    }

    fn value(&mut self) -> Result<Value, String> {
        let rest = self.rest();
        if rest.starts_with('{') {
            return self.object();
        }
        if rest.starts_with('[') {
            return self.array();
        }
        if rest.starts_with('\'') {
            return self.string().map(Value::String);
        }
        Ok(match self.word()? {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            word => match word.parse::<u64>() {
                Ok(number) => Value::Number(Number::from(number)),
                Err(_) => Value::String(format!("<{word}>")),
            },
        })
    }

    fn object(&mut self) -> Result<Value, String> {
        self.expect("{")?;
        let mut map = Map::new();
        loop {
            self.blank(true);
            if self.take("}") {
                return Ok(Value::Object(map));
            }
            let key = if self.rest().starts_with('\'') { self.string()? } else { self.word()?.to_owned() };
            self.expect(":")?;
            self.blank(false);
            let value = self.value()?;
            self.expect("\n")?;
            if map.insert(key.clone(), value).is_some() {
                return Err(format!("twice: {key}"));
            }
        }
    }

    fn array(&mut self) -> Result<Value, String> {
        self.expect("[")?;
        let mut items = Vec::new();
        loop {
            self.blank(true);
            if self.take("]") {
                return Ok(Value::Array(items));
            }
            items.push(self.value()?);
            self.expect("\n")?;
        }
    }

    fn string(&mut self) -> Result<String, String> {
        if self.take("'''") {
            let end = self.rest().find("'''").ok_or("three quotes without an end")?;
            let text = &self.rest()[..end];
            self.at += end + 3;
            if self.rest().starts_with('\'') {
                return Err("a fourth quote".to_owned());
            }
            return Ok(text.strip_prefix('\n').unwrap_or(text).to_owned());
        }
        self.expect("'")?;
        let mut text = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\'' => {
                    self.at += at + 1;
                    return Ok(text);
                }
                '\n' => return Err("a line feed between quotes".to_owned()),
                '$' if self.rest()[at..].starts_with("${") => return Err("an expression".to_owned()),
                '\\' => match chars.next().map(|(_, c)| c) {
                    Some('n') => text.push('\n'),
                    Some('r') => text.push('\r'),
                    Some('t') => text.push('\t'),
                    Some(c @ ('\'' | '\\' | '$')) => text.push(c),
                    Some('u') => {
                        let code: String = chars.by_ref().map(|(_, c)| c).take_while(|c| *c != '}').collect();
                        let code = u32::from_str_radix(code.trim_start_matches('{'), 16);
                        text.push(code.ok().and_then(char::from_u32).ok_or("no character")?);
                    }
                    other => return Err(format!("no escape: {other:?}")),
                },
                c => text.push(c),
            }
        }
        Err("a text without an end".to_owned())
    }
}
