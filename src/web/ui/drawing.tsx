// A scene as SVG: in the page by custom properties (light and dark need no redraw), in a file with its colours set.

import { dashesOf, FONT, type Ink, pathOf, type Scene, type Shape, TEXT_PX } from './scene.ts';

const IN_PAGE: Ink = (name) => `var(--${name})`;

/** `hidden`: what it shows is told otherwise, beside it. */
export function Drawing({ of, ink = IN_PAGE, hidden = false }: { of: Scene; ink?: Ink; hidden?: boolean }) {
  const { width, height, title, shapes } = of;
  const told = hidden ? ({ 'aria-hidden': true } as const) : ({ role: 'img', 'aria-label': title } as const);
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: it has one unless it is hidden
    <svg xmlns="http://www.w3.org/2000/svg" width={width} height={height} viewBox={`0 0 ${width} ${height}`} {...told}>
      {!hidden && <title>{title}</title>}
      {shapes.map((shape, at) => (
        <Shaped key={at} shape={shape} ink={ink} />
      ))}
    </svg>
  );
}

function Shaped({ shape, ink }: { shape: Shape; ink: Ink }) {
  if (shape.kind === 'text') {
    const { at, text, anchor = 'start', upright, bold, size = TEXT_PX } = shape;
    const turned = upright ? { transform: `rotate(-90 ${at[0]} ${at[1]})` } : {};
    return (
      <text
        x={at[0]}
        y={at[1]}
        fill={ink(shape.ink)}
        text-anchor={anchor}
        font-family={FONT}
        font-size={size}
        font-weight={bold ? 600 : 400}
        {...turned}
      >
        {text}
      </text>
    );
  }
  const { pieces, fill, stroke, width = 1, opacity = 1 } = shape;
  return (
    <path
      d={pathOf(pieces, fill !== undefined)}
      fill={fill === undefined ? 'none' : ink(fill)}
      stroke={stroke === undefined ? 'none' : ink(stroke)}
      stroke-width={width}
      stroke-linejoin="round"
      stroke-dasharray={dashesOf(shape)}
      opacity={opacity}
    />
  );
}
