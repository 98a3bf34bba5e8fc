# Doorkeeper on Rails in one file, with SQLite in the current folder: does not decode Basic (raw). Tokens have no expiry;
# a client with a lifetime gets the same token again with a decreasing `expires_in`.
ENV['RAILS_ENV'] ||= 'production'
require 'json'
require 'logger'
require 'rails'
require 'active_record/railtie'
require 'action_controller/railtie'
require 'doorkeeper'

CLIENTS = JSON.parse(ENV.fetch('INTEROP_CLIENTS'))
LIFETIMES = CLIENTS.to_h { |client| [client['id'], client['lifetime']] }
SCOPES = CLIENTS.flat_map { |client| client['scopes'] }.uniq

# Returns the client's user agent in a header.
class SeenUserAgent
  def initialize(app)
    @app = app
  end

  def call(env)
    status, headers, body = @app.call(env)
    [status, headers.merge('X-Seen-User-Agent' => env['HTTP_USER_AGENT'].to_s), body]
  end
end

class Server < Rails::Application
  config.middleware.use SeenUserAgent
  config.load_defaults 6.1
  config.eager_load = false
  config.logger = Logger.new($stdout)
  config.log_level = :info
  config.secret_key_base = 'not-a-real-secret' * 4
  config.hosts.clear
end

ENV['DATABASE_URL'] = 'sqlite3:db.sqlite3'

Doorkeeper.configure do
  orm :active_record
  grant_flows %w[client_credentials]
  default_scopes
  optional_scopes(*SCOPES)
  api_only
  base_controller 'ActionController::API'
  access_token_expires_in nil
  custom_access_token_expires_in { |context| LIFETIMES[context.client.uid] || Float::INFINITY }
  reuse_access_token
end

class WhoamiController < ActionController::API
  before_action :doorkeeper_authorize!

  def show
    render json: { client_id: doorkeeper_token.application.uid, scope: doorkeeper_token.scopes.to_s }
  end
end

Server.initialize!
Server.routes.draw do
  use_doorkeeper
  get '/api/whoami', to: 'whoami#show'
end

ActiveRecord::Schema.define do
  create_table :oauth_applications do |t|
    t.string :name, :uid, :secret, null: false
    t.text :redirect_uri
    t.string :scopes, null: false, default: ''
    t.boolean :confidential, null: false, default: true
    t.timestamps
  end
  create_table :oauth_access_tokens do |t|
    t.references :resource_owner
    t.references :application, null: false
    t.string :token, null: false, index: { unique: true }
    t.string :refresh_token, :scopes
    t.integer :expires_in
    t.datetime :revoked_at
    t.datetime :created_at, null: false
  end
end
CLIENTS.each do |client|
  Doorkeeper::Application.create!(name: client['id'], uid: client['id'], secret: client['secret'],
                                  redirect_uri: '', scopes: client['scopes'].join(' '))
end

run Server
