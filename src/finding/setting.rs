//! What a resolved pipeline says of fields, targets, models and tolerances. Everything may be missing: pipelines of other versions, or
//! none, make less precise words and no errors.

use serde_json::Value;

/// A resolved pipeline.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    pipeline: &'a Value,
}

/// How a field moves with the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Not at all.
    Scalar,
    /// Each of its vectors of so many components.
    Vector(usize),
    /// Its points, of so many coordinates.
    Points(usize),
    /// An image, warped about its centre.
    Pixels,
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub kind: Kind,
    /// The names of its components where it is made of columns; else empty.
    pub columns: Vec<String>,
    pub unit: Option<String>,
}

impl<'a> Setting<'a> {
    /// Of a resolved pipeline, as in a manifest.
    pub fn of(pipeline: &'a Value) -> Self {
        Self { pipeline }
    }

    fn stages(self, kind: &'static str) -> impl Iterator<Item = &'a Value> {
        self.pipeline["stages"].as_array().into_iter().flatten().filter_map(move |stage| stage.get(kind))
    }

    fn train(self, model: &str) -> Option<&'a Value> {
        self.stages("train").find(|train| train["as"] == model)
    }

    /// The models that were asked for a group.
    pub fn searching(self) -> Vec<&'a str> {
        let is_asked = |train: &&Value| train["augment"].get("learned").is_some();
        self.stages("train").filter(is_asked).filter_map(|train| train["as"].as_str()).collect()
    }

    /// Whether a group acts on some field.
    pub fn has_actions(self) -> bool {
        let read = self.stages("read").filter_map(|read| read["fields"].as_object()).flat_map(|fields| fields.values());
        let made = self.steps().map(|(_, step)| step);
        let acts = |value: &Value| value["action"].as_str().is_some_and(|action| action != "scalar");
        read.chain(made).any(acts) || self.steps().any(|(name, _)| name == "rasterise")
    }

    /// The other models with this model's target: those of the same network first.
    fn others(self, model: &str) -> Vec<&'a Value> {
        let Some(own) = self.train(model) else { return Vec::new() };
        let mut others: Vec<&Value> =
            self.stages("train").filter(|t| t["as"] != model && t["target"] == own["target"]).collect();
        others.sort_by_key(|other| other["model"] != own["model"]);
        others
    }

    /// The model that was trained without augmentation, the same network if there is one.
    pub fn plain(self, model: &str) -> Option<&'a str> {
        self.others(model).into_iter().find(|other| other["augment"] == "none")?["as"].as_str()
    }

    /// The model that was given a group, and the group's name.
    pub fn known(self, model: &str) -> Option<(&'a str, &'a str)> {
        let group = |other: &'a Value| {
            let known = other["augment"].get("known")?;
            known.as_str().or_else(|| Some(known["group"].as_str().unwrap_or("the finite group")))
        };
        self.others(model).into_iter().find_map(|other| Some((other["as"].as_str()?, group(other)?)))
    }

    /// The inputs of a model.
    pub fn inputs(self, model: &str) -> Vec<Field> {
        self.fields(model, "input")
    }

    /// Its targets.
    pub fn targets(self, model: &str) -> Vec<Field> {
        self.fields(model, "target")
    }

    fn fields(self, model: &str, key: &str) -> Vec<Field> {
        let Some(train) = self.train(model) else { return Vec::new() };
        let names: Vec<&str> = match &train[key] {
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
            name => name.as_str().into_iter().collect(),
        };
        names.into_iter().map(|name| self.field(name)).collect()
    }

    fn field(self, name: &str) -> Field {
        let read = self.stages("read").find_map(|read| read["fields"].get(name));
        let made = || self.steps().find(|(_, step)| step["field"] == name || step["as"] == name);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let columns = |field: &Value| {
            field["columns"].as_array().map(|all| all.iter().filter_map(text).collect()).unwrap_or_default()
        };
        let (kind, columns, unit) = match (read, made()) {
            (_, Some(("rasterise", _))) => (Kind::Pixels, Vec::new(), None),
            (_, Some(("neighbours" | "normals", _))) => (Kind::Vector(3), Vec::new(), None),
            (None, Some((_, step))) => (kind(step), Vec::new(), None),
            (Some(field), _) => (kind(field), columns(field), text(&field["unit"])),
            (None, None) => (Kind::Scalar, Vec::new(), None),
        };
        Field { name: name.to_owned(), kind, columns, unit }
    }

    /// The steps of preparation, by name.
    fn steps(self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let steps = self.stages("prepare").filter_map(|prepare| prepare["steps"].as_array()).flatten();
        steps.filter_map(|step| step.as_object()?.iter().next().map(|(name, step)| (name.as_str(), step)))
    }

    /// The targets by name and unit: `` `energy` (eV) ``.
    pub fn target_words(self, model: &str) -> String {
        let targets = self.targets(model);
        match targets.as_slice() {
            [] => "the target".to_owned(),
            all => listed(&all.iter().map(|field| format!("`{}`", field.name)).collect::<Vec<_>>()),
        }
    }

    /// Whether some target moves with the group.
    pub fn target_moves(self, model: &str) -> bool {
        self.targets(model).iter().any(|field| field.kind != Kind::Scalar)
    }

    /// The unit of the targets, if they have one in common.
    pub fn target_unit(self, model: &str) -> Option<String> {
        let targets = self.targets(model);
        let unit = targets.first()?.unit.clone()?;
        targets.iter().all(|field| field.unit.as_deref() == Some(&unit)).then_some(unit)
    }

    /// Whether errors of the targets are measured on a compressed scale.
    pub fn is_compressed(self, model: &str) -> bool {
        let compressed = |name: &str| {
            self.steps().filter(|(step, _)| *step == "compress").any(|(_, step)| match &step["fields"] {
                Value::Array(names) => names.iter().any(|one| one == name),
                one => one == name,
            })
        };
        self.targets(model).iter().any(|field| compressed(&field.name))
    }

    /// The unit that errors are measured in, if it is that of all targets.
    pub fn measured_unit(self, model: &str) -> Option<String> {
        self.target_unit(model).filter(|_| !self.is_compressed(model))
    }

    /// The largest share of a breaking that counts as none.
    pub fn tolerance(self, model: &str) -> Option<f64> {
        self.train(model)?["augment"]["learned"]["audit"]["tolerance"].as_f64()
    }

    /// The maps that were searched.
    pub fn space_words(self, model: &str) -> String {
        let augment = self.train(model).map(|train| &train["augment"]);
        let space = augment.and_then(|augment| augment.as_object()?.values().next()?.get("space"));
        let side = |kind: &str| space.and_then(|space| space.get(kind)?.as_u64());
        match (side("gl"), side("affine")) {
            (Some(k), _) => format!("the linear maps of {k} dimensions that were searched"),
            (_, Some(k)) => format!("the affine maps of {k} dimensions that were searched"),
            _ => "the maps that were searched".to_owned(),
        }
    }

    /// Whether translations were searched, too.
    pub fn is_affine(self, model: &str) -> bool {
        self.train(model).is_some_and(|train| train["augment"]["learned"]["space"].get("affine").is_some())
    }
}

fn kind(field: &Value) -> Kind {
    let dim = field["dim"].as_u64().and_then(|dim| usize::try_from(dim).ok()).unwrap_or(3);
    match field["action"].as_str() {
        Some("points") => Kind::Points(dim),
        Some("pixels") => Kind::Pixels,
        None | Some("scalar") => Kind::Scalar,
        Some(_) => Kind::Vector(dim),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
