// What is shown in place of a view until somebody has signed in: the address stays, and the view comes after.

import './sign-in.css';
import { useState } from 'preact/hooks';
import { signIn } from '../session.ts';
import { useTitle } from '../ui/title.ts';

export function SignIn() {
  useTitle('Sign in');
  const [wrong, setWrong] = useState<string | null>(null);
  const [asked, setAsked] = useState(false);
  const enter = async (event: SubmitEvent) => {
    event.preventDefault();
    const field = (event.currentTarget as HTMLFormElement).elements.namedItem('token') as HTMLInputElement;
    setAsked(true);
    setWrong(await signIn(field.value.trim()));
    setAsked(false);
    field.select();
  };
  return (
    <form class="sign-in" method="post" onSubmit={enter}>
      <h1>Sign in</h1>
      <label>
        Token
        <input name="token" type="password" autocomplete="current-password" maxLength={200} required autofocus />
      </label>
      {wrong !== null && <p role="alert">{wrong}</p>}
      <button type="submit" disabled={asked}>
        Sign in
      </button>
      <p>
        Whoever runs this server makes a token with <code>joulebook token create NAME</code>
      </p>
    </form>
  );
}
