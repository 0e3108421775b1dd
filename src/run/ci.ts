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
  {
    // jenkins.io, Using environment variables; it tells neither repository nor event
    ...{ name: 'jenkins', sign: ['JENKINS_URL'] },
    tags: { workflow: 'JOB_NAME', run_id: 'BUILD_ID', runner: 'NODE_NAME' },
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
