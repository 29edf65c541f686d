// Draws the charts of a page. Each <figure data-chart> names the table that
// holds its figures (data-table); the numbers are read from that table, so
// chart and table cannot differ. Kinds: progress, trend, months, bars.
import { BarChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, LineChart, ScatterChart, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

const style = getComputedStyle(document.documentElement);
const colour = (name) => style.getPropertyValue(`--${name}`).trim();
const colours = { met: colour('met'), 'on-track': colour('on-track'), behind: colour('behind-bar') };
const text = { color: colour('ink-2'), fontFamily: style.getPropertyValue('--font').trim() };
const axis = {
  axisLine: { lineStyle: { color: colour('line') } },
  axisTick: { show: false },
  splitLine: { lineStyle: { color: colour('line-2') } },
};
const tooltip = { renderMode: 'richText', backgroundColor: colour('paper'), borderColor: colour('line'), textStyle: { ...text, fontSize: 12 } };

// Rows of the table: what a cell states exactly is in its data-value, what people read is its text.
function rows(table) {
  const heads = [...table.tHead.rows[0].cells].map((cell) => cell.dataset.series);
  const all = [...table.tBodies].flatMap((body) => [...body.rows]);
  // A row that names a group holds no figures.
  return all.filter((row) => !row.classList.contains('group')).map((row) => {
    const found = { link: row.querySelector('a')?.href, state: row.dataset.state };
    [...row.cells].forEach((cell, index) => {
      if (!heads[index]) return;
      const value = cell.dataset.value;
      found[heads[index]] = { text: cell.textContent.trim(), value: value === undefined || value === '' ? null : Number(value) };
    });
    return found;
  });
}

const title = (table, series) => table.querySelector(`[data-series="${series}"]`)?.textContent.trim() ?? '';

// What is known is drawn full, what is forecast is dashed, what was to be reached is thin.
const lines = {
  value: { symbol: 'circle', symbolSize: 8, lineStyle: { width: 3 }, itemStyle: { color: colours['on-track'] } },
  forecast: { symbol: 'emptyCircle', symbolSize: 8, lineStyle: { width: 2, type: [6, 5] }, itemStyle: { color: colours['on-track'] } },
  target: { symbol: 'none', lineStyle: { width: 1.5, type: [2, 3] }, itemStyle: { color: colour('ink-3') } },
};
const bars = {
  value: { itemStyle: { borderRadius: 3, color: colours['on-track'] } },
  forecast: {
    itemStyle: {
      borderRadius: 3,
      color: colour('on-track-2'),
      borderColor: colours['on-track'],
      borderType: 'dashed',
      borderWidth: 1,
    },
  },
};

// An axis of names, the first at the top, each cut to what fits beside the bars.
const namesDown = (names) => ({
  type: 'category',
  inverse: true,
  data: names,
  ...axis,
  axisLabel: { ...text, width: window.innerWidth < 600 ? 120 : 190, overflow: 'truncate' },
});
// A line of a tooltip: what the column is called, and what the cell shows.
const line = (table, name, row) => `${title(table, name)}  ${row[name].text}`;

const kinds = {
  // How much of each target is reached, with a mark where it should be by now.
  progress(data, table) {
    const share = (value) => `${Math.round(value)}%`;
    return {
      grid: { left: 8, right: 56, top: 30, bottom: 4, containLabel: true },
      legend: { top: 0, right: 0, itemWidth: 14, itemHeight: 8, textStyle: text, data: [title(table, 'done'), title(table, 'expected')] },
      tooltip: { ...tooltip, trigger: 'axis', axisPointer: { type: 'shadow' }, formatter: (points) => {
        const row = data[points[0].dataIndex];
        return [row.name.text, ...['value', 'done', 'expected'].map((name) => line(table, name, row))].join('\n');
      } },
      xAxis: {
        type: 'value',
        min: 0,
        max: (range) => Math.max(100, Math.min(150, range.max)),
        ...axis,
        splitNumber: 4,
        axisLabel: { ...text, hideOverlap: true, formatter: share },
      },
      yAxis: namesDown(data.map((row) => row.name.text)),
      series: [
        {
          name: title(table, 'done'),
          type: 'bar',
          barMaxWidth: 14,
          showBackground: true,
          backgroundStyle: { color: colour('line-2'), borderRadius: 3 },
          itemStyle: { borderRadius: 3, color: colours['on-track'] },
          data: data.map((row) => ({ value: row.done.value, itemStyle: { color: colours[row.state] } })),
          label: { show: true, position: 'right', ...text, formatter: (point) => data[point.dataIndex].done.text },
        },
        {
          name: title(table, 'expected'),
          type: 'scatter',
          symbol: 'rect',
          symbolSize: [3, 20],
          z: 5,
          itemStyle: { color: colour('ink') },
          data: data.map((row) => row.expected.value),
        },
      ],
    };
  },
  // A value over the years, how it may go on, and what was to be reached.
  trend(data, table) {
    const series = ['value', 'forecast', 'target'].filter((name) => data.some((row) => row[name]?.value != null));
    const last = data.map((row) => row.value?.value != null).lastIndexOf(true);
    // The forecast begins where what is known ends.
    const at = (row, index, name) => row[name]?.value ?? (name === 'forecast' && index === last ? row.value.value : null);
    return {
      grid: { left: 8, right: 28, top: 34, bottom: 4, containLabel: true },
      legend: { top: 0, right: 0, itemHeight: 8, textStyle: text },
      tooltip: { ...tooltip, trigger: 'axis', formatter: (points) => {
        const row = data[points[0].dataIndex];
        const drawn = points.map((point) => series[point.seriesIndex]).filter((name) => row[name].value != null);
        return [points[0].name, ...drawn.map((name) => line(table, name, row))].join('\n');
      } },
      xAxis: {
        type: 'category',
        data: data.map((row) => row.name.text),
        ...axis,
        axisLabel: { ...text, interval: 0, formatter: twoLines },
      },
      yAxis: { type: 'value', ...axis, axisLabel: { ...text, formatter: (value) => scale(value, data) } },
      series: series.map((name) => ({
        name: title(table, name), type: 'line', ...lines[name],
        data: data.map((row, index) => at(row, index, name)),
        label: {
          show: name !== 'target',
          position: 'top',
          ...text,
          textBorderColor: colour('paper'),
          textBorderWidth: 3,
          formatter: (point) => data[point.dataIndex][name].text,
        },
      })),
    };
  },
  // What each month added, and what those to come may add.
  months(data, table) {
    const series = ['value', 'forecast'].filter((name) => data.some((row) => row[name]?.value != null));
    return {
      grid: { left: 8, right: 12, top: 34, bottom: 4, containLabel: true },
      legend: { show: series.length > 1, top: 0, right: 0, itemWidth: 14, itemHeight: 8, textStyle: text },
      tooltip: { ...tooltip, trigger: 'axis', axisPointer: { type: 'shadow' }, formatter: (points) => {
        const row = data[points[0].dataIndex];
        const drawn = series.filter((name) => row[name].value != null);
        return [row.name.text, ...[...drawn, 'total'].map((name) => line(table, name, row))].join('\n');
      } },
      xAxis: {
        type: 'category',
        data: data.map((row) => row.name.text),
        ...axis,
        axisLabel: { ...text, interval: window.innerWidth < 600 ? 1 : 0 },
      },
      yAxis: { type: 'value', ...axis, axisLabel: { ...text, formatter: (value) => scale(value, data) } },
      series: series.map((name) => ({
        name: title(table, name), type: 'bar', barMaxWidth: 32, barGap: '-100%', ...bars[name],
        data: data.map((row) => row[name]?.value),
        label: { show: window.innerWidth >= 600, position: 'top', ...text, formatter: (point) => data[point.dataIndex][name].text },
      })),
    };
  },
  // Units side by side.
  bars(data, table) {
    const shown = data.filter((row) => row.value?.value != null).slice(0, 40);
    return {
      grid: { left: 8, right: 70, top: 8, bottom: 4, containLabel: true },
      tooltip: { ...tooltip, trigger: 'item', formatter: (point) => (
        `${point.name}\n${line(table, 'value', shown[point.dataIndex])}`
      ) },
      xAxis: {
        type: 'value',
        ...axis,
        splitNumber: 4,
        axisLabel: { ...text, hideOverlap: true, formatter: (value) => scale(value, shown) },
      },
      yAxis: namesDown(shown.map((row) => row.name.text)),
      series: [{ type: 'bar', barMaxWidth: 16, itemStyle: { borderRadius: 3 },
        data: shown.map((row) => ({ value: row.value.value, itemStyle: { color: colours[row.state] ?? colour('series') } })),
        label: { show: true, position: 'right', ...text, formatter: (point) => shown[point.dataIndex].value.text } }],
    };
  },
};

// A month of a year is too long a label for a narrow chart.
const twoLines = (label) => label.replace(/年(?=\d)| (?=\d{4}$)/, (between) => `${between.trim()}\n`);

// Labels of an axis in the manner of the table: shares as percentages, counts with commas.
function scale(value, data) {
  const isShare = data.some((row) => row.value?.text.endsWith('%'));
  return isShare ? `${Math.round(value * 1000) / 10}%` : value.toLocaleString('en');
}

for (const figure of document.querySelectorAll('[data-chart]')) {
  const table = document.getElementById(figure.dataset.table);
  const data = rows(table);
  figure.hidden = false;
  const chart = init(figure, null, { renderer: 'svg' });
  chart.setOption({ animation: false, ...kinds[figure.dataset.chart](data, table) });
  chart.on('click', (point) => { const link = data[point.dataIndex]?.link; if (link) window.location.assign(link); });
  new ResizeObserver(() => chart.resize()).observe(figure);
}
