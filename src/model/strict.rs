//! Reading JSON so that an object is an object, and a null in the place of a member is told from other mistakes.
//!
//! Serde would also take a list for an object whose values come in the order of the members; nobody means that, and it would be
//! read without a word, names and all. And who leaves something out may send null for it, as many generated clients do: that a
//! member cannot be null is said with words of its own ([`CANNOT_BE_NULL`]), by which the reader knows what to leave out.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
    value::{MapAccessDeserializer, StrDeserializer},
};

/// What is said of a member that is null and cannot be.
pub const CANNOT_BE_NULL: &str = "this cannot be null; leave it out, or give it a value";

/// A reader that refuses lists in the place of objects, however deep.
pub struct Strict<D> {
    inner: D,
    /// Whether what is read is the value of an object's member.
    is_member: bool,
}

impl<D> Strict<D> {
    /// Of a whole document.
    pub fn new(inner: D) -> Strict<D> {
        Strict { inner, is_member: false }
    }
}

/// What reads, and whether it may be given a list.
struct Reader<V> {
    visitor: V,
    takes_lists: bool,
    is_member: bool,
}

/// What comes one after another, each part read in this way, too.
struct Parts<A> {
    parts: A,
    /// Whether they are the members of an object whose names are known.
    are_members: bool,
}

fn any<V>(visitor: V) -> Reader<V> {
    Reader { visitor, takes_lists: true, is_member: false }
}

fn each<A>(parts: A) -> Parts<A> {
    Parts { parts, are_members: false }
}

macro_rules! wanted {
    ($($kind:ident $method:ident($($argument:ident: $type:ty),*);)*) => {
        /// What is asked for.
        #[derive(Clone, Copy)]
        enum Wanted {
            $($kind($($type),*),)*
        }

        impl Wanted {
            fn read<'de, D: Deserializer<'de>, V: Visitor<'de>>(self, from: D, visitor: V) -> Result<V::Value, D::Error> {
                match self {
                    $(Wanted::$kind($($argument),*) => from.$method($($argument,)* visitor),)*
                }
            }
        }

        impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<D> {
            type Error = D::Error;

            $(fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, D::Error> {
                self.read(Wanted::$kind($($argument),*), visitor)
            })*

            fn is_human_readable(&self) -> bool {
                self.inner.is_human_readable()
            }
        }
    };
}

wanted! {
    Any deserialize_any();
    Bool deserialize_bool();
    I8 deserialize_i8();
    I16 deserialize_i16();
    I32 deserialize_i32();
    I64 deserialize_i64();
    I128 deserialize_i128();
    U8 deserialize_u8();
    U16 deserialize_u16();
    U32 deserialize_u32();
    U64 deserialize_u64();
    U128 deserialize_u128();
    F32 deserialize_f32();
    F64 deserialize_f64();
    Char deserialize_char();
    Str deserialize_str();
    String deserialize_string();
    Bytes deserialize_bytes();
    ByteBuf deserialize_byte_buf();
    Option deserialize_option();
    Unit deserialize_unit();
    UnitStruct deserialize_unit_struct(name: &'static str);
    NewtypeStruct deserialize_newtype_struct(name: &'static str);
    Seq deserialize_seq();
    Tuple deserialize_tuple(length: usize);
    TupleStruct deserialize_tuple_struct(name: &'static str, length: usize);
    Map deserialize_map();
    Struct deserialize_struct(name: &'static str, fields: &'static [&'static str]);
    Enum deserialize_enum(name: &'static str, variants: &'static [&'static str]);
    Identifier deserialize_identifier();
    IgnoredAny deserialize_ignored_any();
}

impl Wanted {
    /// Whether null is taken, or its visitor decides.
    fn may_be_null(self) -> bool {
        matches!(
            self,
            Wanted::Any()
                | Wanted::Option()
                | Wanted::Unit()
                | Wanted::UnitStruct(_)
                | Wanted::NewtypeStruct(_)
                | Wanted::IgnoredAny()
        )
    }
}

impl<'de, D: Deserializer<'de>> Strict<D> {
    fn read<V: Visitor<'de>>(self, wanted: Wanted, visitor: V) -> Result<V::Value, D::Error> {
        let takes_lists = !matches!(wanted, Wanted::Struct(..));
        let reader = Reader { visitor, takes_lists, is_member: self.is_member };
        match wanted {
            Wanted::Enum(_, variants) => self.inner.deserialize_any(OneOf { reader, variants }),
            wanted if self.is_member && !wanted.may_be_null() => {
                self.inner.deserialize_option(NotNull { wanted, reader })
            }
            wanted => wanted.read(self.inner, reader),
        }
    }
}

/// Looks whether there is a value before it is read as what is wanted.
struct NotNull<V> {
    wanted: Wanted,
    reader: Reader<V>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for NotNull<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reader.expecting(f)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        Err(E::custom(CANNOT_BE_NULL))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        Err(E::custom(CANNOT_BE_NULL))
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.wanted.read(inner, self.reader)
    }
}

/// One of several words, or an object with one of them for its member. Of anything else JSON's reader would say that it is no
/// value, as if it were no JSON.
struct OneOf<V> {
    reader: Reader<V>,
    variants: &'static [&'static str],
}

impl<'de, V: Visitor<'de>> Visitor<'de> for OneOf<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.variants.iter().map(|word| format!("`{word}`")).collect();
        write!(f, "one of {}", words.join(", "))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        match self.reader.is_member {
            true => Err(E::custom(CANNOT_BE_NULL)),
            false => Err(E::invalid_type(Unexpected::Unit, &self)),
        }
    }

    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<V::Value, E> {
        self.reader.visit_enum(StrDeserializer::new(word))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.reader.visit_enum(MapAccessDeserializer::new(members))
    }
}

macro_rules! visited {
    ($($method:ident($kind:ty);)*) => {
        $(fn $method<E: serde::de::Error>(self, value: $kind) -> Result<V::Value, E> {
            self.visitor.$method(value)
        })*
    };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Reader<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    visited! {
        visit_bool(bool);
        visit_i64(i64);
        visit_i128(i128);
        visit_u64(u64);
        visit_u128(u128);
        visit_f64(f64);
        visit_str(&str);
        visit_borrowed_str(&'de str);
        visit_string(String);
        visit_bytes(&[u8]);
        visit_borrowed_bytes(&'de [u8]);
        visit_byte_buf(Vec<u8>);
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        let is_member = self.is_member;
        self.visitor.visit_unit().map_err(|error: E| if is_member { E::custom(CANNOT_BE_NULL) } else { error })
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(Strict::new(inner))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_newtype_struct(Strict { inner, is_member: self.is_member })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, parts: A) -> Result<V::Value, A::Error> {
        match self.takes_lists {
            true => self.visitor.visit_seq(each(parts)),
            false => Err(A::Error::invalid_type(Unexpected::Seq, &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, parts: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(Parts { parts, are_members: !self.takes_lists })
    }

    fn visit_enum<A: EnumAccess<'de>>(self, parts: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_enum(each(parts))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Parts<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.parts.deserialize(Strict { inner: deserializer, is_member: self.are_members })
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Parts<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.parts.next_element_seed(each(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.parts.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Parts<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.parts.next_key_seed(each(seed))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.parts.next_value_seed(Parts { parts: seed, are_members: self.are_members })
    }

    fn size_hint(&self) -> Option<usize> {
        self.parts.size_hint()
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Parts<A> {
    type Error = A::Error;
    type Variant = Parts<A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Parts<A::Variant>), A::Error> {
        self.parts.variant_seed(each(seed)).map(|(value, variant)| (value, each(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Parts<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.parts.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.parts.newtype_variant_seed(each(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.parts.tuple_variant(length, any(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.parts.struct_variant(fields, Reader { takes_lists: false, ..any(visitor) })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::{Value, value::RawValue};

    use super::*;

    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Outer {
        inner: Option<Inner>,
        many: Vec<Inner>,
        named: BTreeMap<String, Inner>,
        kind: Kind,
        pair: (u8, u8),
        any: Value,
        raw: Box<RawValue>,
    }

    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Inner {
        n: u32,
    }

    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    enum Kind {
        Small { n: u32 },
        One(Inner),
    }

    const GOOD: &str = r#"{"inner": {"n": 1}, "many": [{"n": 1}], "named": {"a": {"n": 1}}, "kind": {"Small": {"n": 1}},
        "pair": [1, 2], "any": [1, [2]], "raw": [1.50, {"n": [1]}]}"#;

    fn read(json: &str) -> Result<Outer, String> {
        let mut reader = serde_json::Deserializer::from_str(json);
        Outer::deserialize(Strict::new(&mut reader)).map_err(|error| error.to_string())
    }

    #[test]
    fn lists_stay_lists_and_bytes_stay_bytes() {
        let read = read(GOOD).unwrap();
        assert_eq!((read.raw.get(), read.pair), (r#"[1.50, {"n": [1]}]"#, (1, 2)));
        assert!(super::tests::read(&GOOD.replace("Small", "One")).is_ok());
    }

    #[test]
    fn a_list_is_no_object_at_any_depth() {
        for (object, list) in [
            (r#""inner": {"n": 1}"#, r#""inner": [1]"#),
            (r#""many": [{"n": 1}]"#, r#""many": [[1]]"#),
            (r#""a": {"n": 1}"#, r#""a": [1]"#),
            (r#""Small": {"n": 1}"#, r#""Small": [1]"#),
            (r#""Small": {"n": 1}"#, r#""One": [1]"#),
        ] {
            let json = GOOD.replace(object, list);
            assert_ne!(json, GOOD);
            assert!(read(&json).unwrap_err().starts_with("invalid type: sequence"), "{json}");
        }
        assert!(read(r#"[null, [], {}, {"Small": {"n": 1}}, [1, 2], 1, 1]"#).is_err());
    }

    #[test]
    fn a_member_that_cannot_be_null_is_told_from_one_that_can_and_from_other_nulls() {
        for (value, null, said) in [
            (r#""pair": [1, 2]"#, r#""pair": null"#, CANNOT_BE_NULL),
            (r#""many": [{"n": 1}]"#, r#""many": null"#, CANNOT_BE_NULL),
            (r#""many": [{"n": 1}]"#, r#""many": [{"n": null}]"#, CANNOT_BE_NULL),
            (r#""kind": {"Small": {"n": 1}}"#, r#""kind": null"#, CANNOT_BE_NULL),
            (r#""many": [{"n": 1}]"#, r#""many": [null]"#, "invalid type: null"),
            (r#"{"a": {"n": 1}}"#, r#"{"a": null}"#, "invalid type: null"),
        ] {
            let json = GOOD.replace(value, null);
            assert_ne!(json, GOOD);
            assert!(read(&json).unwrap_err().starts_with(said), "{json}: {:?}", read(&json));
        }
        let nulls = GOOD.replace(r#""inner": {"n": 1}"#, r#""inner": null"#);
        let nulls = nulls.replace("[1, [2]]", "null").replace(r#"[1.50, {"n": [1]}]"#, "null");
        assert_eq!(read(&nulls).unwrap().raw.get(), "null");
    }

    #[test]
    fn what_is_none_of_the_words_is_told_them() {
        let read = read(&GOOD.replace(r#"{"Small": {"n": 1}}"#, "5"));
        assert!(read.unwrap_err().starts_with("invalid type: integer `5`, expected one of `Small`, `One`"));
    }
}
