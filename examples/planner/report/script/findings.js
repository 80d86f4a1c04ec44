// The findings: by severity and text.

const severities = ['error', 'warning', 'note'];
const marks = ['✕', '!', 'i'];
const findingCounts = severities.map((_, at) => data.findings.filter((it) => it.severity === at).length);

const findings = (() => {
  const list = byId('list');
  const search = byId('find');
  const shown = [true, true, true];
  let most = 60;
  const texts = data.findings.map((it) =>
    [it.code, it.message, it.fix, ...it.subjects, ...it.causes.flat()].join(' ').toLowerCase(),
  );
  const buttons = severities.map((severity, at) =>
    el(
      'button',
      {
        type: 'button',
        class: `toggle ${severity}`,
        'data-severity': severity,
        'aria-pressed': 'true',
        on: { click: () => { shown[at] = !shown[at]; draw(); } },
      },
      el('span', { class: 'mark', 'aria-hidden': 'true' }, marks[at]),
      ` ${counted(findingCounts[at], severity)}`,
    ),
  );
  byId('severities').append(...buttons);
  search.addEventListener('input', calmly(() => { most = 60; draw(); }));

  function subject(name) {
    const at = routerNamed.get(name);
    if (at === undefined) return el('span', { class: 'tag' }, name);
    const choose = () => { chosen.set({ router: at }); goTo('failures'); };
    return el(
      'button',
      { type: 'button', class: 'tag', title: `What is lost without ${name}?`, on: { click: choose } },
      name,
    );
  }

  function cause([resource, field, place]) {
    return el(
      'li',
      {},
      el('span', {}, resource),
      field === '' ? null : ' ',
      field === '' ? null : el('code', {}, field),
      place === null ? null : el('span', { class: 'place' }, ` ${place}`),
    );
  }

  function card(finding) {
    const severity = severities[finding.severity];
    const [meaning, rules] = data.codes[finding.code];
    return el(
      'article',
      { class: `finding ${severity}`, 'data-code': finding.code },
      el(
        'h3',
        {},
        el('span', { class: `badge ${severity}` },
          el('span', { class: 'mark', 'aria-hidden': 'true' }, marks[finding.severity]), ` ${severity}`),
        ' ',
        el('code', { title: meaning }, finding.code),
        rules.length === 0 ? null : el('span', { class: 'rules' }, `rule ${rules.join(', ')}`),
      ),
      el('p', { class: 'message' }, finding.message),
      el('p', { class: 'fix' }, el('b', {}, 'Fix: '), finding.fix),
      finding.causes.length === 0 ? null : el('ul', { class: 'causes' }, finding.causes.map(cause)),
      finding.subjects.length === 0 ? null : el('p', { class: 'subjects' }, finding.subjects.map(subject)),
    );
  }

  function draw() {
    buttons.forEach((button, at) => button.setAttribute('aria-pressed', String(shown[at])));
    const all = words(search.value);
    const fits = data.findings.filter((it, at) => shown[it.severity] && has(texts[at], all));
    list.replaceChildren(...fits.slice(0, most).map(card));
    if (fits.length > most) {
      const more = () => {
        const at = most;
        most += 200;
        draw();
        list.children[at]?.querySelector('button')?.focus();
      };
      list.append(el('button', { type: 'button', id: 'more', on: { click: more } }, `Show more of ${number(fits.length)}`));
    }
    if (fits.length === 0) {
      const nothing = data.findings.length === 0 ? 'Nothing was found wrong.' : 'No finding fits.';
      list.append(el('p', { class: 'empty' }, nothing));
    }
    byId('found').textContent = `${number(fits.length)} of ${counted(data.findings.length, 'finding')}`;
  }
  draw();
  return {
    only(severity) {
      shown.forEach((_, at) => { shown[at] = severity === null || at === severity; });
      search.value = '';
      draw();
    },
    all() {
      most = data.findings.length;
      draw();
    },
  };
})();
