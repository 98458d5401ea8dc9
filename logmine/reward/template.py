"""The AWS SAM template of the reward function: its own log group, a role that may write there and nothing else, and who may call it.

Sources: docs.aws.amazon.com/bedrock/latest/userguide/rft-access-security.html, by which the role of the fine-tuning job needs
``lambda:InvokeFunction`` on the function; the SageMaker page nova-hp-evaluate-rft, which asks for ``SageMaker`` in its name.
"""

from __future__ import annotations

from typing import Final

TEMPLATE: Final = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Description: The reward function of a dataset for reinforcement fine-tuning, made by logmine

Parameters:
  FunctionName:
    Type: String
    Default: {function}
    AllowedPattern: "[A-Za-z0-9_-]*[Ss]age[Mm]aker[A-Za-z0-9_-]*"
    ConstraintDescription: must contain SageMaker, which SageMaker HyperPod and RFT evaluation ask for
  JobRoleName:
    Type: String
    Default: ""
    Description: Name of the role of the fine-tuning job, which gets permission to call the function; none when empty
  Handler:
    Type: String
    Default: lambda_function.lambda_handler
    AllowedValues: [lambda_function.lambda_handler, lambda_function.http_handler]
    Description: http_handler for open models on SageMaker, lambda_handler for everything else
  ReservedConcurrency:
    Type: Number
    Default: {concurrency}
    MinValue: 0
    Description: Calls at a time that are kept free for this function, and the most that it gets; 0 for no reserve and no limit. The account must keep 100 beside all reserves. SageMaker's recipes make 12 calls at a time (training jobs) or 100 (HyperPod)
  LogRetentionDays:
    Type: Number
    Default: 30
    AllowedValues: [1, 3, 5, 7, 14, 30, 60, 90, 180, 365]
{parameters}
Conditions:
  HasJobRole: !Not [!Equals [!Ref JobRoleName, ""]]
  HasReserve: !Not [!Equals [!Ref ReservedConcurrency, 0]]

Resources:
  RewardLogs:
    Type: AWS::Logs::LogGroup
    DeletionPolicy: Delete
    UpdateReplacePolicy: Delete
    Properties:
      LogGroupName: !Sub /aws/lambda/${{FunctionName}}
      RetentionInDays: !Ref LogRetentionDays

  RewardRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal:
              Service: lambda.amazonaws.com
            Action: sts:AssumeRole
      Policies:
        - PolicyName: logs
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action:
                  - logs:CreateLogStream
                  - logs:PutLogEvents
                Resource: !Sub arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:/aws/lambda/${{FunctionName}}:*
{role_statements}
  RewardFunction:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Ref FunctionName
      CodeUri: lambda.zip
      Handler: !Ref Handler
      Runtime: {runtime}
      Architectures: [{architecture}]
      MemorySize: 1769
      Timeout: {timeout_s}
      Role: !GetAtt RewardRole.Arn
      ReservedConcurrentExecutions: !If [HasReserve, !Ref ReservedConcurrency, !Ref AWS::NoValue]
      LoggingConfig:
        LogGroup: !Ref RewardLogs
{environment}
  JobMayCall:
    Type: AWS::IAM::RolePolicy
    Condition: HasJobRole
    Properties:
      RoleName: !Ref JobRoleName
      PolicyName: !Sub ${{FunctionName}}-invoke
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: lambda:InvokeFunction
            Resource:
              - !GetAtt RewardFunction.Arn
              - !Sub ${{RewardFunction.Arn}}:*

Outputs:
  FunctionArn:
    Description: What a job's grader, or reward_lambda_arn of a recipe, is given
    Value: !GetAtt RewardFunction.Arn
"""


JUDGE_PARAMETERS: Final = """\
  JudgeModelId:
    Type: String
    Default: openai.gpt-oss-120b-1:0
    Description: The model or inference profile that judges; a stronger one than the model to be tuned, and not the same
  JudgeModelName:
    Type: String
    Default: openai.gpt-oss-120b-1:0
    Description: The model behind it, without a prefix such as us. or global.
"""
JUDGE_STATEMENTS: Final = """\
              - Effect: Allow
                Action: bedrock:InvokeModel
                Resource:
                  - !Sub arn:${AWS::Partition}:bedrock:*::foundation-model/${JudgeModelName}
                  - !Sub arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:inference-profile/${JudgeModelId}
"""
JUDGE_ENVIRONMENT: Final = """\
      Environment:
        Variables:
          JUDGE_MODEL_ID: !Ref JudgeModelId
"""


def reward_template(runtime: str, architecture: str) -> str:
    """Return the template of the reward function with graders; runtime and architecture are as Lambda names them."""
    return TEMPLATE.format(
        function="SageMaker-logmine-reward",
        runtime=runtime,
        architecture=architecture,
        timeout_s=300,
        concurrency=0,
        parameters="",
        role_statements="",
        environment="",
    )


def judge_template(runtime: str, architecture: str) -> str:
    """Return the template of the judge, which may call one model and nothing else."""
    return TEMPLATE.format(
        function="SageMaker-logmine-judge",
        runtime=runtime,
        architecture=architecture,
        timeout_s=900,
        concurrency=20,
        parameters=JUDGE_PARAMETERS,
        role_statements=JUDGE_STATEMENTS,
        environment=JUDGE_ENVIRONMENT,
    )
