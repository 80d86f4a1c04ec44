//! The table "Who may import whom" of ARCHITECTURE.md.

/// The layers, lowest first, each with the paths that it may import.
pub(crate) struct Table(Vec<(String, Vec<Vec<String>>)>);

impl Table {
    /// Reads the first table under [`HEADING`]: a layer's name in backticks,
    /// then the paths that it may import, each in backticks.
    pub(crate) fn parse(document: &str) -> Result<Self, String> {
        let rows = document
            .lines()
            .skip_while(|line| line.trim() != HEADING)
            .skip(1)
            .skip_while(|line| !line.starts_with('|'))
            .take_while(|line| line.starts_with('|'))
            .skip(2);
        let mut table = Self(Vec::new());
        for row in rows {
            table.add(row).map_err(|error| format!("{error}: {row}"))?;
        }
        if table.0.is_empty() {
            return Err(format!("no table under \"{HEADING}\""));
        }
        Ok(table)
    }

    /// The names of the layers, lowest first.
    pub(crate) fn layers(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(layer, _)| layer.as_str())
    }

    /// What `layer` may import beside itself, or `None` if it is no layer.
    pub(crate) fn allowed(&self, layer: &str) -> Option<&[Vec<String>]> {
        let row = self.0.iter().find(|(name, _)| name == layer);
        row.map(|(_, paths)| paths.as_slice())
    }

    fn add(&mut self, row: &str) -> Result<(), String> {
        let mut cells = row.trim_matches('|').split('|');
        let layers = quoted(cells.next().unwrap_or_default());
        let [layer] = layers.as_slice() else {
            return Err("the first column must name one layer".to_owned());
        };
        if self.allowed(layer).is_some() {
            return Err(format!("{layer} is listed twice"));
        }
        let mut paths = Vec::new();
        for text in quoted(cells.next().unwrap_or_default()) {
            let path: Vec<String> = text.split("::").map(str::to_owned).collect();
            let lower = path
                .first()
                .is_some_and(|first| self.allowed(first).is_some());
            if !lower {
                return Err(format!("{text} is not in a layer above this row"));
            }
            paths.push(path);
        }
        self.0.push((layer.clone(), paths));
        Ok(())
    }
}

fn quoted(cell: &str) -> Vec<String> {
    let parts = cell.split('`').skip(1).step_by(2);
    parts.map(str::to_owned).collect()
}

const HEADING: &str = "## Who may import whom";
