// What a continuous-integration service says of the job that we are in, as tags of the run: ci, ci.workflow, ci.job,
// ci.repository, ci.run_id, ci.runner, ci.hosted, ci.event.
//
// Only variables that the services document, by name; of those that hold a URL or a token none is read. Where a job runs
// none of them tells: the zone of a hosted runner stays unknown unless it is said.

type Env = Readonly<Record<string, string | undefined>>;

interface Service {
  readonly name: string;
  /** The variable that tells it, and its value where only one counts. */
  readonly sign: readonly [string, string?];
  readonly tags: Readonly<Record<string, string>>;
}

const SERVICES: readonly Service[] = [
  {
    // docs.github.com, Variables reference: default environment variables
    ...{ name: 'github-actions', sign: ['GITHUB_ACTIONS', 'true'] },
    tags: {
      ...{ workflow: 'GITHUB_WORKFLOW', job: 'GITHUB_JOB', repository: 'GITHUB_REPOSITORY', run_id: 'GITHUB_RUN_ID' },
      ...{ runner: 'RUNNER_NAME', hosted: 'RUNNER_ENVIRONMENT', event: 'GITHUB_EVENT_NAME' },
    },
  },
  {
    // docs.gitlab.com, Predefined CI/CD variables reference
    ...{ name: 'gitlab-ci', sign: ['GITLAB_CI', 'true'] },
    tags: {
      ...{ workflow: 'CI_PIPELINE_NAME', job: 'CI_JOB_NAME', repository: 'CI_PROJECT_PATH', run_id: 'CI_PIPELINE_ID' },
      ...{ runner: 'CI_RUNNER_DESCRIPTION', event: 'CI_PIPELINE_SOURCE' },
    },
  },
  {
    // circleci.com/docs, Project values and variables; it tells no name of the workflow
    ...{ name: 'circleci', sign: ['CIRCLECI', 'true'] },
    tags: { job: 'CIRCLE_JOB', repository: 'CIRCLE_PROJECT_REPONAME', run_id: 'CIRCLE_WORKFLOW_ID' },
  },
  {
    // buildkite.com/docs, Environment variables
    ...{ name: 'buildkite', sign: ['BUILDKITE', 'true'] },
    tags: {
      ...{ workflow: 'BUILDKITE_PIPELINE_SLUG', job: 'BUILDKITE_LABEL', run_id: 'BUILDKITE_BUILD_ID' },
      ...{ runner: 'BUILDKITE_AGENT_NAME', hosted: 'BUILDKITE_COMPUTE_TYPE', event: 'BUILDKITE_SOURCE' },
    },
  },
  ...(['JENKINS_URL', 'JENKINS_HOME'] as const).map((sign) => ({
    // jenkins.io, Using environment variables; it tells neither repository nor event, and its URL only where one is configured
    ...{ name: 'jenkins', sign: [sign] as const },
    tags: { workflow: 'JOB_NAME', run_id: 'BUILD_ID', runner: 'NODE_NAME' },
  })),
  {
    // learn.microsoft.com/azure/devops, Use predefined variables
    ...{ name: 'azure-pipelines', sign: ['TF_BUILD', 'True'] },
    tags: {
      ...{ workflow: 'BUILD_DEFINITIONNAME', job: 'AGENT_JOBNAME', repository: 'BUILD_REPOSITORY_NAME' },
      ...{ run_id: 'BUILD_BUILDID', runner: 'AGENT_NAME', event: 'BUILD_REASON' },
    },
  },
  {
    // docs.travis-ci.com, Environment variables; a repository has one workflow
    ...{ name: 'travis-ci', sign: ['TRAVIS', 'true'] },
    tags: {
      ...{ job: 'TRAVIS_JOB_NAME', repository: 'TRAVIS_REPO_SLUG', run_id: 'TRAVIS_BUILD_ID' },
      event: 'TRAVIS_EVENT_TYPE',
    },
  },
  {
    // support.atlassian.com, Variables and secrets; it names neither pipeline nor step
    ...{ name: 'bitbucket-pipelines', sign: ['BITBUCKET_BUILD_NUMBER'] },
    tags: { repository: 'BITBUCKET_REPO_FULL_NAME', run_id: 'BITBUCKET_BUILD_NUMBER' },
  },
  {
    // woodpecker-ci.org/docs, Environment variables; before Drone, whose names older ones set as well
    ...{ name: 'woodpecker', sign: ['CI', 'woodpecker'] },
    tags: {
      ...{ workflow: 'CI_WORKFLOW_NAME', job: 'CI_STEP_NAME', repository: 'CI_REPO' },
      ...{ run_id: 'CI_PIPELINE_NUMBER', event: 'CI_PIPELINE_EVENT' },
    },
  },
  {
    // docs.drone.io, Environment: reference
    ...{ name: 'drone', sign: ['DRONE', 'true'] },
    tags: {
      ...{ workflow: 'DRONE_STAGE_NAME', job: 'DRONE_STEP_NAME', repository: 'DRONE_REPO' },
      ...{ run_id: 'DRONE_BUILD_NUMBER', runner: 'DRONE_STAGE_MACHINE', event: 'DRONE_BUILD_EVENT' },
    },
  },
  {
    // jetbrains.com/help/teamcity, Predefined build parameters
    ...{ name: 'teamcity', sign: ['TEAMCITY_VERSION'] },
    tags: { workflow: 'TEAMCITY_BUILDCONF_NAME', run_id: 'BUILD_NUMBER' },
  },
];

/** Tags of a CI job; none outside one. What the service leaves empty has no tag. */
export function ciTags(env: Env): Record<string, string> {
  const service = SERVICES.find(({ sign: [name, value] }) =>
    value === undefined ? Boolean(env[name]) : env[name] === value,
  );
  if (service === undefined) return {};
  const told = Object.entries(service.tags).flatMap(([tag, variable]): [string, string][] => {
    const text = env[variable]?.trim();
    return text ? [[`ci.${tag}`, text]] : [];
  });
  return { ci: service.name, ...Object.fromEntries(told) };
}
