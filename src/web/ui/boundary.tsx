// A view that breaks takes the frame not with it: what went wrong is told, and how to go on.

import { Component, type ComponentChildren } from 'preact';

export class Boundary extends Component<{ children: ComponentChildren }, { broke: string | null }> {
  override state = { broke: null };

  override componentDidCatch(error: unknown): void {
    this.setState({ broke: error instanceof Error ? error.message : String(error) });
  }

  override render() {
    const { broke } = this.state;
    return broke === null ? this.props.children : <Broken what="This view broke" why={broke} />;
  }
}

export function Broken({ what, why }: { what: string; why: string }) {
  return (
    <div class="refused" role="alert">
      <h1>{what}</h1>
      <p>{why}</p>
      <button type="button" onClick={() => location.reload()}>
        Load the page anew
      </button>
    </div>
  );
}
