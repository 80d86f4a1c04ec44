// Ways to peer the cluster: a chart for each number, and all of them in a table.

(() => {
  const of = data.comparison;
  if (of === null || of.ranked.length === 0) return;
  byId('comparison').hidden = false;
  byId('to-comparison').hidden = false;
  byId('advice').textContent = `Recommended: ${of.ranked[0].name}.`;

  const measures = [
    ['sessions', 'Sessions', 'in all'],
    ['per_node', 'Sessions of a node', 'that does not reflect, at most'],
    ['busiest', 'Sessions of the busiest', 'reflector, leaf or node'],
    ['copies', 'Paths to one block', 'that a node holds'],
    ['at_start', 'Messages at start', 'until all have learned all'],
    ['per_change', 'Messages for a change', 'of one block'],
  ];
  const large = 1e12;
  const shown = (value) => (value > large ? 'over 10¹²' : number(value));

  // Numbers lie far apart: a bar is as long as its number has digits.
  function chart([field, title, note]) {
    const length = (value) => Math.log10(1 + Math.min(value, large));
    const most = Math.max(...of.ranked.map((it) => length(it[field])), 1);
    const rows = of.ranked.map((it, at) => {
      const width = `${Math.max(0.5, (100 * length(it[field])) / most)}%`;
      return el(
        'li',
        { class: at === 0 ? 'best' : null },
        el('span', { class: 'label' }, it.name),
        el('span', { class: 'rail', 'aria-hidden': 'true' }, el('span', { class: 'bar-of', style: `width:${width}` })),
        el('span', { class: 'count' }, shown(it[field])),
      );
    });
    return el(
      'figure',
      { class: 'chart', 'data-field': field },
      el('figcaption', {}, el('strong', {}, title), ` ${note}`),
      el('ol', {}, ...rows),
    );
  }
  byId('charts').append(...measures.map(chart));

  const heads = ['Way', ...measures.map((it) => it[1]), 'Roles', 'May fail', 'Not met'];
  const cells = (it) => [
    el('th', { scope: 'row' }, it.name),
    ...measures.map(([field]) => el('td', { class: 'number' }, shown(it[field]))),
    el('td', { class: 'number' }, number(it.roles)),
    el('td', {}, it.may_fail),
    el('td', {}, it.unmet.join('; ')),
  ];
  byId('strategies').append(
    el('p', { class: 'small' }, 'Bars are on a logarithmic scale. Counted in closed form for this cluster; any one router may fail is what was asked.'),
    el('ul', { class: 'why' }, ...of.why.map((it) => el('li', {}, it)), ...of.unfit.map(([name, why]) => el('li', {}, `${name} does not fit: ${why}`))),
    el(
      'div',
      { class: 'wide', tabindex: '0', role: 'region', 'aria-label': 'Ways in numbers' },
      el(
        'table',
        {},
        el('thead', {}, el('tr', {}, ...heads.map((it) => el('th', { scope: 'col' }, it)))),
        el('tbody', {}, ...of.ranked.map((it) => el('tr', {}, ...cells(it)))),
      ),
    ),
  );
})();
