// What all parts use: the data, elements, names and numbers.

const data = JSON.parse(document.getElementById('data').textContent);
const { routers, sessions } = data;
const routerCount = routers.name.length;
const byId = (id) => document.getElementById(id);

// Names come from the input, so nothing is ever parsed as markup: text is set as
// text, and attributes one by one.
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'on') {
      for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.flat().filter((it) => it !== null && it !== undefined));
  return element;
}

function drawn(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.flat());
  return element;
}

const numbers = new Intl.NumberFormat('en');
const number = (value) => numbers.format(value);
const counted = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

// A router, or a neighbour of which only the address is known.
const isStranger = (at) => at >= routerCount;
const nameOf = (at) => (isStranger(at) ? data.strangers[at - routerCount] : routers.name[at]);
const isNode = (at) => !isStranger(at) && routers.node[at] === 1;
const kindOf = (at) => {
  if (isStranger(at)) return 'unknown neighbour';
  if (routers.cluster[at] !== null) return isNode(at) ? 'node, reflector' : 'router, reflector';
  return isNode(at) ? 'node' : 'router';
};
const allRouters = Array.from({ length: routerCount + data.strangers.length }, (_, at) => at);
const routerNamed = new Map();
for (const at of [...allRouters].reverse()) routerNamed.set(nameOf(at), at);

// Names as people order them: rack-2 before rack-10.
const collator = new Intl.Collator('en', { numeric: true });

const domainName = (at) => {
  const [kind, name] = data.domains[at];
  return name.toLowerCase().includes(kind) ? name : `${kind} ${name}`;
};

function* members(ranges) {
  for (const [first, last] of ranges) for (let at = first; at <= last; at += 1) yield at;
}

// A text in lower case, to be searched.
const words = (query) => query.toLowerCase().split(/\s+/).filter((it) => it !== '');
const has = (text, all) => all.every((word) => text.includes(word));

// Calls when there has been peace for a moment.
function calmly(handler) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(handler, 60);
  };
}

// What is chosen to fail; the parts that show it listen.
const chosen = {
  what: null,
  listeners: [],
  set(what) {
    this.what = what;
    for (const listener of this.listeners) listener(what);
  },
};

// Brings a section into view, and the keyboard with it.
function goTo(id) {
  const target = byId(id);
  target.scrollIntoView({ block: 'start' });
  target.focus({ preventScroll: true });
}
