// Charts of one look, in the colours of the theme; each is only a picture of a table that stands beside it.
import {short} from "./format.js";

const still = matchMedia("(prefers-reduced-motion: reduce)");
const charts = new Map();

function variable(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// ECharts mixes colours itself and does not know oklch(): the browser turns what it knows into red, green and blue.
function rgb(colour) {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  canvas.fillStyle = colour || "#000";
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
  return `rgba(${red},${green},${blue},${alpha / 255})`;
}

export function colours() {
  const dark = document.documentElement.dataset.theme === "dark";
  return {
    fg: rgb(variable("--fg")), muted: rgb(variable("--fg-muted")), border: rgb(variable("--border")), bg: rgb(variable("--bg")),
    series: dark ? ["#7aa2f7", "#6b7280", "#34d399", "#fbbf24", "#f87171", "#c084fc", "#22d3ee", "#fb923c"]
                 : ["#3f66b5", "#b8c2d6", "#0f9d6b", "#d08700", "#d1383d", "#8b5cf6", "#0891b2", "#ea580c"],
    bad: dark ? "#f87171" : "#d1383d", good: dark ? "#34d399" : "#0f9d6b",
  };
}

// series: [{name, kind: "bar" | "line", data, colour, stack, dashed}]
export function option({labels, series, horizontal = false, unit = "", format = short}, theme) {
  const category = {
    type: "category", data: labels, axisTick: {show: false}, axisLine: {lineStyle: {color: theme.border}},
    axisLabel: {color: theme.muted, hideOverlap: !horizontal, width: horizontal ? 150 : undefined, overflow: "truncate"}, inverse: horizontal,
  };
  const value = {
    type: "value", axisLabel: {color: theme.muted, formatter: format}, splitLine: {lineStyle: {color: theme.border}}, splitNumber: 4,
  };
  return {
    animation: !still.matches, animationDuration: 300, color: theme.series,
    textStyle: {fontFamily: "Inter, -apple-system, Segoe UI, Helvetica, Arial, sans-serif"},
    grid: {left: 8, right: 20, top: 44, bottom: 4, containLabel: true},
    legend: {top: 0, left: 0, type: "scroll", icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: {color: theme.fg}, pageTextStyle: {color: theme.muted}},
    tooltip: {
      trigger: "axis", renderMode: "richText", confine: true, backgroundColor: theme.bg, borderColor: theme.border,
      textStyle: {color: theme.fg, fontSize: 12}, axisPointer: {type: "shadow", shadowStyle: {color: "rgba(128,128,128,.12)"}},
      valueFormatter: (shown) => (shown === null || shown === undefined ? "–" : `${new Intl.NumberFormat("en-GB", {maximumFractionDigits: 2}).format(shown)}${unit ? ` ${unit}` : ""}`),
    },
    xAxis: horizontal ? value : category, yAxis: horizontal ? category : value,
    series: series.map((each) => ({
      name: each.name, type: each.kind ?? "bar", data: each.data.map((shown) => (shown === null ? null : Number(shown))),
      stack: each.stack, barMaxWidth: 26, barGap: "15%", symbol: each.data.length > 40 ? "none" : "circle", symbolSize: 5, connectNulls: false,
      itemStyle: {color: each.colour, borderRadius: each.stack ? 0 : 2}, lineStyle: {width: 2, type: each.dashed ? "dashed" : "solid", color: each.colour},
    })),
  };
}

export function draw(element, chart) {
  let known = charts.get(element);
  if (!known) {
    known = {instance: window.echarts.init(element, null, {renderer: "canvas"})};
    known.watch = new ResizeObserver(() => known.instance.resize());
    known.watch.observe(element);
    charts.set(element, known);
  }
  known.chart = chart;
  known.instance.setOption(option(chart, colours()), {notMerge: true});
}

export function forget(element) {
  const known = charts.get(element);
  known?.watch.disconnect();
  known?.instance.dispose();
  charts.delete(element);
}

window.addEventListener("themechange", () => {
  for (const known of charts.values()) known.instance.setOption(option(known.chart, colours()), {notMerge: true});
});
