use plotters::coord::Shift;
use plotters::coord::ranged1d::{Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};
use std::collections::BTreeMap;
use std::fs;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// A chart of panels side by side, each with curves over the same steps, written as SVG and PNG.
#[derive(Debug, Clone)]
pub(crate) struct Chart {
    /// Title of the whole chart.
    pub(crate) title: String,
    /// Label of the horizontal axes.
    pub(crate) steps_label: String,
    /// Label of the vertical axes.
    pub(crate) values_label: String,
    /// Names of the steps, which are evenly spaced.
    pub(crate) steps: Vec<String>,
    /// Panels, from left to right.
    pub(crate) panels: Vec<Panel>,
    /// Whether the vertical axes are logarithmic.
    pub(crate) logarithmic: bool,
}

/// One diagram of a chart.
#[derive(Debug, Clone)]
pub(crate) struct Panel {
    /// Title of the panel.
    pub(crate) title: String,
    /// Name and value of a limit, which is drawn as a horizontal line.
    pub(crate) limit: Option<(String, f64)>,
    /// The curves.
    pub(crate) curves: Vec<Curve>,
}

/// A curve with a value at each step, or at some of them.
#[derive(Debug, Clone)]
pub(crate) struct Curve {
    /// Name in the legend. Curves with the same color and faintness have the same name.
    pub(crate) name: String,
    /// Index into the palette of colors.
    pub(crate) color: usize,
    /// Whether it is the fainter of two curves with the same color.
    pub(crate) faint: bool,
    /// A value for each step; `None` where there is none.
    pub(crate) values: Vec<Option<f64>>,
}

/// Width and height of a panel in pixels.
const PANEL: (u32, u32) = (420, 340);
const MARGIN: u32 = 12;
const TITLE: u32 = 34;
const LEGEND: u32 = 24;

/// Colors that people with color vision deficiency can distinguish (Okabe and Ito).
const COLORS: [RGBColor; 5] = [
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
];
const LIMIT: RGBColor = RGBColor(0x55, 0x55, 0x55);
const GRID: RGBColor = RGBColor(0xe4, 0xe4, 0xe4);

const FONT: &str = "sans-serif";

/// Ratio of an axis' upper end to its maximum value, so that no curve touches the edge.
const HEADROOM: f64 = 1.12;

impl Chart {
    /// Writes `NAME.svg` and `NAME.png` into a folder, and returns their paths.
    ///
    /// # Errors
    ///
    /// Returns an error if a file cannot be written.
    pub(crate) fn write(&self, folder: &Path, name: &str) -> Result<[PathBuf; 2], String> {
        // This is the only font; the machine's fonts are not searched.
        register_font(FONT, FontStyle::Normal, dejavu::sans::regular())
            .map_err(|_| "the built-in font is invalid")?;
        let (svg, png) = (folder.join(format!("{name}.svg")), folder.join(format!("{name}.png")));
        let failed =
            |path: &Path, error: &dyn std::fmt::Display| format!("cannot write {}: {error}", path.display());
        let mut text = String::new();
        self.draw(SVGBackend::with_string(&mut text, self.size()).into_drawing_area())?;
        fs::write(&svg, text).map_err(|error| failed(&svg, &error))?;
        let (width, height) = self.size();
        let mut pixels = vec![0; (width * height * 3) as usize];
        self.draw(BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area())?;
        let file = fs::File::create(&png).map_err(|error| failed(&png, &error))?;
        let mut encoder = png::Encoder::new(BufWriter::new(file), width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().map_err(|error| failed(&png, &error))?;
        writer.write_image_data(&pixels).map_err(|error| failed(&png, &error))?;
        writer.finish().map_err(|error| failed(&png, &error))?;
        Ok([svg, png])
    }

    fn size(&self) -> (u32, u32) {
        let panels = self.panels.len().max(1) as u32;
        (panels * PANEL.0 + 2 * MARGIN, PANEL.1 + TITLE + self.legend_rows() * LEGEND + 2 * MARGIN)
    }

    /// Returns the names in the legend, each with its color.
    fn legend(&self) -> Vec<(&str, RGBAColor)> {
        let mut entries: BTreeMap<(usize, bool), &str> = BTreeMap::new();
        for curve in self.panels.iter().flat_map(|panel| &panel.curves) {
            entries.insert((curve.color, curve.faint), &curve.name);
        }
        let mut legend: Vec<_> =
            entries.into_iter().map(|((c, faint), name)| (name, color(c, faint))).collect();
        let limit = self.panels.iter().find_map(|panel| panel.limit.as_ref());
        legend.extend(limit.map(|(name, _)| (name.as_str(), LIMIT.to_rgba())));
        legend
    }

    /// Returns the number of columns in the legend.
    fn legend_columns(&self) -> u32 {
        (self.panels.len().max(1) as u32 * PANEL.0 / 270).max(1)
    }

    fn legend_rows(&self) -> u32 {
        (self.legend().len() as u32).div_ceil(self.legend_columns())
    }

    fn draw<B: DrawingBackend>(&self, area: DrawingArea<B, Shift>) -> Result<(), String> {
        let painted = self.paint(&area).and_then(|()| area.present());
        painted.map_err(|error| format!("cannot draw the chart {:?}: {error}", self.title))
    }

    fn paint<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), Failure<B>> {
        area.fill(&WHITE)?;
        let area = area.margin(MARGIN, MARGIN, MARGIN, MARGIN).titled(&self.title, (FONT, 18))?;
        let (top, bottom) = area.split_vertically(PANEL.1);
        for (panel, area) in self.panels.iter().zip(top.split_evenly((1, self.panels.len().max(1)))) {
            self.paint_panel(panel, &area)?;
        }
        self.paint_legend(&bottom)
    }

    fn paint_panel<B: DrawingBackend>(
        &self,
        panel: &Panel,
        area: &DrawingArea<B, Shift>,
    ) -> Result<(), Failure<B>> {
        let last = self.steps.len().saturating_sub(1) as f64;
        let steps = -0.3..last + 0.3;
        let (bottom, top) = self.bounds(panel);
        let mut builder = ChartBuilder::on(area);
        builder.caption(&panel.title, (FONT, 14)).margin(8).x_label_area_size(38).y_label_area_size(56);
        match self.logarithmic {
            true => self.fill(builder.build_cartesian_2d(steps, (bottom..top).log_scale())?, panel, last),
            false => self.fill(builder.build_cartesian_2d(steps, bottom..top)?, panel, last),
        }
    }

    fn fill<B, Y>(
        &self,
        mut chart: ChartContext<'_, B, Cartesian2d<RangedCoordf64, Y>>,
        panel: &Panel,
        last: f64,
    ) -> Result<(), Failure<B>>
    where
        B: DrawingBackend,
        Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let step = |x: &f64| {
            let whole = (x.round() - x).abs() < 1e-6 && (0.0..=last).contains(&x.round());
            self.steps.get(x.round().max(0.0) as usize).filter(|_| whole).cloned().unwrap_or_default()
        };
        chart
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .axis_style(LIMIT)
            .x_labels(2 * self.steps.len())
            .x_label_formatter(&step)
            .y_label_formatter(&|value| number(*value))
            .y_labels(6)
            .x_desc(self.steps_label.as_str())
            .y_desc(self.values_label.as_str())
            .label_style((FONT, 12))
            .axis_desc_style((FONT, 12))
            .draw()?;
        if let Some((_, limit)) = panel.limit {
            let across = [(-0.3, limit), (last + 0.3, limit)];
            chart.draw_series(DashedLineSeries::new(across, 6, 4, LIMIT.stroke_width(2)))?;
        }
        for curve in &panel.curves {
            let color = color(curve.color, curve.faint);
            chart.draw_series(LineSeries::new(points(curve), color.stroke_width(2)))?;
            chart
                .draw_series(points(curve).into_iter().map(|point| Circle::new(point, 4, color.filled())))?;
        }
        Ok(())
    }

    /// Returns the bounds of a panel's vertical axis.
    fn bounds(&self, panel: &Panel) -> (f64, f64) {
        let values = || panel.curves.iter().flat_map(|curve| curve.values.iter().flatten().copied());
        let limit = panel.limit.as_ref().map_or(0.0, |(_, limit)| *limit);
        let top = values().fold(limit, f64::max);
        match self.logarithmic {
            true => {
                // The bounds are powers of ten, the same in all panels.
                let all = || {
                    self.panels
                        .iter()
                        .flat_map(|panel| &panel.curves)
                        .flat_map(|curve| curve.values.iter().flatten())
                };
                let minimum = all().copied().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
                let maximum = all().copied().fold(0.0, f64::max);
                let minimum = if minimum.is_finite() { minimum } else { 1.0 };
                let maximum = maximum.max(minimum * 10.0);
                (10_f64.powf(minimum.log10().floor()), 10_f64.powf(maximum.log10().ceil()))
            }
            false => (0.0, if top > 0.0 { top * HEADROOM } else { 1.0 }),
        }
    }

    fn paint_legend<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), Failure<B>> {
        let columns = self.legend_columns();
        for (number, (name, color)) in (0..).zip(self.legend()) {
            let x = 60 + (number % columns * 270) as i32;
            let y = (number / columns * LEGEND + LEGEND / 2) as i32;
            area.draw(&PathElement::new([(x, y), (x + 26, y)], color.stroke_width(3)))?;
            let style = TextStyle::from((FONT, 13)).pos(Pos::new(HPos::Left, VPos::Center));
            area.draw(&Text::new(name.to_owned(), (x + 34, y), style))?;
        }
        Ok(())
    }
}

type Failure<B> = DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>;

fn color(number: usize, faint: bool) -> RGBAColor {
    COLORS[number % COLORS.len()].mix(if faint { 0.45 } else { 1.0 })
}

/// Returns the points of a curve; missing values are left out.
fn points(curve: &Curve) -> Vec<(f64, f64)> {
    (0..).zip(&curve.values).filter_map(|(step, value)| Some((f64::from(step), (*value)?))).collect()
}

/// Formats a number without meaningless decimals.
fn number(value: f64) -> String {
    match value {
        value if value >= 10.0 || value.fract() == 0.0 => format!("{value:.0}"),
        value if value >= 1.0 => format!("{value:.1}"),
        value => format!("{value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_is_written_as_svg_and_as_png_with_its_curves_and_texts() {
        let curve = |color, values: &[f64]| Curve {
            name: format!("client {color}"),
            color,
            faint: false,
            values: values.iter().copied().map(Some).collect(),
        };
        let panel = Panel {
            title: "2 partitions".into(),
            limit: Some(("limit".into(), 2.0)),
            curves: vec![curve(0, &[1.0, 1.9]), curve(2, &[1.5, 2.0])],
        };
        for logarithmic in [false, true] {
            let chart = Chart {
                title: "Throughput".into(),
                steps_label: "workers".into(),
                values_label: "MB/s".into(),
                steps: vec!["1".into(), "8".into()],
                panels: vec![panel.clone(), panel.clone()],
                logarithmic,
            };
            let folder = tempfile::tempdir().unwrap();
            let [svg, png] = chart.write(folder.path(), "throughput").unwrap();
            let text = fs::read_to_string(svg).unwrap();
            for word in ["Throughput", "2 partitions", "workers", "MB/s", "client 0", "client 2", "limit"] {
                assert!(text.contains(word), "{word}");
            }
            let decoder = png::Decoder::new(std::io::BufReader::new(fs::File::open(png).unwrap()));
            let mut reader = decoder.read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut pixels).unwrap();
            for RGBColor(red, green, blue) in [COLORS[0], COLORS[2]] {
                assert!(pixels.chunks_exact(3).any(|pixel| pixel == [red, green, blue]));
            }
            // Text is black. It is drawn without the machine's fonts.
            assert!(pixels.chunks_exact(3).any(|pixel| pixel == [0, 0, 0]));
        }
    }
}
