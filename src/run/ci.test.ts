// Environments as the services' own documents show them.

import { describe, expect, test } from 'vitest';
import { ciTags } from './ci.ts';

describe('tags of a CI job', () => {
  test('GitHub Actions', () => {
    const env = {
      ...{ CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_WORKFLOW: 'My test workflow', GITHUB_JOB: 'greeting_job' },
      ...{
        GITHUB_REPOSITORY: 'octocat/Hello-World',
        GITHUB_RUN_ID: '1658821493',
        GITHUB_EVENT_NAME: 'workflow_dispatch',
      },
      ...{ RUNNER_NAME: 'Hosted Agent', RUNNER_ENVIRONMENT: 'github-hosted', GITHUB_TOKEN: 'secret' },
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'secret',
    };
    expect(ciTags(env)).toEqual({
      ...{ ci: 'github-actions', 'ci.workflow': 'My test workflow', 'ci.job': 'greeting_job' },
      ...{ 'ci.repository': 'octocat/Hello-World', 'ci.run_id': '1658821493', 'ci.event': 'workflow_dispatch' },
      ...{ 'ci.runner': 'Hosted Agent', 'ci.hosted': 'github-hosted' },
    });
  });

  test('GitLab CI, whose pipelines mostly have no name', () => {
    const env = {
      ...{ CI: 'true', GITLAB_CI: 'true', CI_JOB_NAME: 'train', CI_PROJECT_PATH: 'group/model', CI_PIPELINE_ID: '77' },
      ...{ CI_RUNNER_DESCRIPTION: 'gpu-1', CI_PIPELINE_SOURCE: 'push', CI_PIPELINE_NAME: '', CI_JOB_TOKEN: 'secret' },
    };
    expect(ciTags(env)).toEqual({
      ...{ ci: 'gitlab-ci', 'ci.job': 'train', 'ci.repository': 'group/model', 'ci.run_id': '77' },
      ...{ 'ci.runner': 'gpu-1', 'ci.event': 'push' },
    });
  });

  test('CircleCI, Buildkite and Jenkins', () => {
    const circle = {
      CIRCLECI: 'true',
      CIRCLE_JOB: 'build',
      CIRCLE_PROJECT_REPONAME: 'model',
      CIRCLE_WORKFLOW_ID: 'w-1',
    };
    expect(ciTags(circle)).toEqual({
      ...{ ci: 'circleci', 'ci.job': 'build', 'ci.repository': 'model', 'ci.run_id': 'w-1' },
    });
    const kite = { BUILDKITE: 'true', BUILDKITE_PIPELINE_SLUG: 'my-project', BUILDKITE_AGENT_ACCESS_TOKEN: 'secret' };
    expect(ciTags(kite)).toEqual({ ci: 'buildkite', 'ci.workflow': 'my-project' });
    const jenkins = { JENKINS_URL: 'http://u:p@ci/', JOB_NAME: 'foo/bar', BUILD_ID: '153', NODE_NAME: 'built-in' };
    expect(ciTags(jenkins)).toEqual({
      ...{ ci: 'jenkins', 'ci.workflow': 'foo/bar', 'ci.run_id': '153', 'ci.runner': 'built-in' },
    });
  });

  test('nothing is said outside of a job, nor by names alone that others use', () => {
    expect(ciTags({})).toEqual({});
    expect(ciTags({ CI: 'true', JOB_NAME: 'x', BUILD_ID: '1', GITHUB_ACTIONS: 'false' })).toEqual({});
  });
});
