//! Reading JSON so that an object is an object, and a null in the place of a member is told from other mistakes.
//!
//! Serde would also take a list for an object whose values come in the order of the members; nobody means that, and it would be
//! read without a word, names and all. And who leaves something out may send null for it, as many generated clients do: that a
//! member cannot be null is said with words of its own ([`CANNOT_BE_NULL`]), by which the reader knows what to leave out.
//!
//! Of two members with one name, which is meant is not for us to guess (RFC 8259, section 4, leaves it open, and readers differ).
//! Where the names are known, serde refuses the second; where any name can be there, this does.

#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, fmt};

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
    /// Whether an object's members can have any name. What stands for a text that is kept as it is has one, too, and is no object.
    is_open: bool,
}

/// What comes one after another, each part read in this way, too.
struct Parts<A> {
    parts: A,
    /// Whether they are the members of an object whose names are known.
    are_members: bool,
    /// The names so far, where any can be there.
    names: Option<BTreeSet<String>>,
}

fn any<V>(visitor: V) -> Reader<V> {
    Reader { visitor, takes_lists: true, is_member: false, is_open: false }
}

fn each<A>(parts: A) -> Parts<A> {
    Parts { parts, are_members: false, names: None }
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
        let is_open = matches!(wanted, Wanted::Any() | Wanted::Map());
        let reader = Reader { visitor, takes_lists, is_member: self.is_member, is_open };
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
        let names = self.is_open.then(BTreeSet::new);
        self.visitor.visit_map(Parts { parts, are_members: !self.takes_lists, names })
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
        let Some(names) = &mut self.names else { return self.parts.next_key_seed(each(seed)) };
        let Some(name) = self.parts.next_key::<String>()? else { return Ok(None) };
        // Read before it is refused, so that whoever keeps track of the place knows which it is.
        let read = seed.deserialize(StrDeserializer::<A::Error>::new(&name))?;
        if names.contains(&name) {
            return Err(A::Error::custom(format_args!("`{name}` is there twice; give it once")));
        }
        names.insert(name);
        Ok(Some(read))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.parts.next_value_seed(Parts { parts: seed, are_members: self.are_members, names: None })
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
