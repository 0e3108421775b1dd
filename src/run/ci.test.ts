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

  test('Jenkins without a configured URL', () => {
    expect(ciTags({ JENKINS_HOME: '/var/jenkins_home', JOB_NAME: 'foo', BUILD_ID: '7' })).toEqual({
      ...{ ci: 'jenkins', 'ci.workflow': 'foo', 'ci.run_id': '7' },
    });
  });

  test('Azure Pipelines and Travis CI', () => {
    const azure = {
      ...{ TF_BUILD: 'True', BUILD_DEFINITIONNAME: 'nightly', AGENT_JOBNAME: 'Job', BUILD_REPOSITORY_NAME: 'o/model' },
      ...{ BUILD_BUILDID: '42', AGENT_NAME: 'Hosted Agent', BUILD_REASON: 'Schedule', SYSTEM_ACCESSTOKEN: 'secret' },
      ...{ BUILD_REPOSITORY_URI: 'https://u:p@dev.azure.com/o/p/_git/model', BUILD_NUMBER: '3' },
    };
    expect(ciTags(azure)).toEqual({
      ...{ ci: 'azure-pipelines', 'ci.workflow': 'nightly', 'ci.job': 'Job', 'ci.repository': 'o/model' },
      ...{ 'ci.run_id': '42', 'ci.runner': 'Hosted Agent', 'ci.event': 'Schedule' },
    });
    const travis = {
      ...{ CI: 'true', TRAVIS: 'true', TRAVIS_REPO_SLUG: 'o/model', TRAVIS_JOB_NAME: '', TRAVIS_BUILD_ID: '9' },
      TRAVIS_EVENT_TYPE: 'cron',
    };
    expect(ciTags(travis)).toEqual({
      ...{ ci: 'travis-ci', 'ci.repository': 'o/model', 'ci.run_id': '9', 'ci.event': 'cron' },
    });
  });

  test('Bitbucket Pipelines, Drone, Woodpecker and TeamCity', () => {
    const bitbucket = { CI: 'true', BITBUCKET_BUILD_NUMBER: '5', BITBUCKET_REPO_FULL_NAME: 'o/model' };
    expect(ciTags(bitbucket)).toEqual({ ci: 'bitbucket-pipelines', 'ci.repository': 'o/model', 'ci.run_id': '5' });
    const drone = {
      ...{ CI: 'true', DRONE: 'true', DRONE_REPO: 'o/model', DRONE_STAGE_NAME: 'build', DRONE_STEP_NAME: 'train' },
      ...{ DRONE_BUILD_NUMBER: '42', DRONE_BUILD_EVENT: 'push', DRONE_STAGE_MACHINE: 'agent1' },
    };
    expect(ciTags(drone)).toEqual({
      ...{ ci: 'drone', 'ci.workflow': 'build', 'ci.job': 'train', 'ci.repository': 'o/model', 'ci.run_id': '42' },
      ...{ 'ci.runner': 'agent1', 'ci.event': 'push' },
    });
    const woodpecker = {
      ...{ CI: 'woodpecker', DRONE: 'true', CI_REPO: 'john-doe/my-repo', CI_WORKFLOW_NAME: 'release' },
      ...{ CI_STEP_NAME: 'build package', CI_PIPELINE_NUMBER: '8', CI_PIPELINE_EVENT: 'push', CI_NETRC_PASSWORD: 's' },
    };
    expect(ciTags(woodpecker)).toEqual({
      ...{ ci: 'woodpecker', 'ci.workflow': 'release', 'ci.job': 'build package', 'ci.run_id': '8' },
      ...{ 'ci.repository': 'john-doe/my-repo', 'ci.event': 'push' },
    });
    const teamcity = { TEAMCITY_VERSION: '2024.12', TEAMCITY_BUILDCONF_NAME: 'Train', BUILD_NUMBER: '12' };
    expect(ciTags(teamcity)).toEqual({ ci: 'teamcity', 'ci.workflow': 'Train', 'ci.run_id': '12' });
  });

  test('nothing is said outside of a job, nor by names alone that others use', () => {
    expect(ciTags({})).toEqual({});
    expect(ciTags({ CI: 'true', JOB_NAME: 'x', BUILD_ID: '1', GITHUB_ACTIONS: 'false' })).toEqual({});
  });
});
